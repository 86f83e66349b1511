/** Labels of every container that Perch creates. */
export const labels = {
  service: 'perch.service',
  /** Role of the container; see {@link parts}. */
  part: 'perch.part',
  /** `stable` or `canary`; containers of the application only. */
  track: 'perch.track',
  /** Member id; members only. */
  member: 'perch.member',
  /** Port that it serves; proxies only. */
  port: 'perch.port',
  /** Port that it serves by https; proxies only. */
  httpsPort: 'perch.https-port',
  /** Port of its metrics; proxies and monitors only. */
  metricsPort: 'perch.metrics-port',
  /** Name of a worker; workers only. */
  worker: 'perch.worker',
  /** `beforeRelease` or `afterRelease`; containers of hooks only, like the next two. */
  hook: 'perch.hook',
  /** Key of the hook's run; see `perch hook`. */
  hookKey: 'perch.hook-key',
  /** Time at which the container is killed, seconds since the epoch. */
  hookDeadline: 'perch.hook-deadline',
  /** Highest memory limit that the monitor may set, bytes. */
  memoryCapBytes: 'perch.memory-cap-bytes',
} as const;

export const parts = [
  'redis',
  'proxy',
  'monitor',
  'flags',
  'credentials',
  'console',
  'app',
  'worker',
  'hook',
] as const;
export type Part = (typeof parts)[number];
