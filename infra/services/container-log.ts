/** Logs of containers. */

/** A log driver of Docker with its options, as a stack names them. */
export interface ContainerLogArgs {
  /** Undefined: files on the host. */
  readonly driver: string | undefined;
  /** Options of the driver, name to value. They win over Perch's own. */
  readonly options: Readonly<Record<string, string>>;
}

const bounds = { 'max-size': '10m', 'max-file': '3' };

/** Drivers that write files on the host, which need bounds. */
const fileDrivers = ['json-file', 'local'];

/** Driver and options of a container: bounded files, unless the stack wants another log. */
export function containerLog({ driver = 'json-file', options }: ContainerLogArgs = noLogArgs) {
  return { logDriver: driver, logOpts: { ...ownOptions(driver), ...options } };
}

const noLogArgs: ContainerLogArgs = { driver: undefined, options: {} };

/** An application must not wait for where its log is sent. */
function ownOptions(driver: string): Readonly<Record<string, string>> {
  if (fileDrivers.includes(driver)) return bounds;
  return driver === 'none' ? {} : { mode: 'non-blocking' };
}
