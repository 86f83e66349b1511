import { env } from '../../runtime/contract/env.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { labels, type Part } from '../../runtime/contract/labels.ts';
import { shellWord } from './shell-word.ts';
import { untilInputEnds } from './until-input-ends.ts';

const part: Part = 'monitor';

/** Service that a command is about. */
export interface Monitored {
  readonly service: string;
  /** Service whose monitor runs the command: that of the host stack of a guest. Default: `service`. */
  readonly edgeService?: string | undefined;
}

/** Environment of `perch`, name to value. No secrets: they would cross the command line. */
type Environment = Readonly<Record<string, string>>;

/** Shell script that runs `perch` in the newest healthy monitor on a host. */
export function inMonitor(
  monitored: Monitored,
  words: readonly string[],
  environment: Environment = {},
): string {
  const run = `exec docker exec ${perch(monitored, words, environment)}`;
  return script(monitorOf(monitored), run);
}

/** Script like that of {@link inMonitor}, whose standard input `perch` reads. */
export function inMonitorWithInput(
  monitored: Monitored,
  words: readonly string[],
  environment: Environment = {},
): string {
  const run = `exec docker exec --interactive ${perch(monitored, words, environment)}`;
  return script(monitorOf(monitored), run);
}

/** Standard streams of a command that a person or a job runs. */
export interface Attachment {
  /** Person who runs it, for the events. */
  readonly operator: string;
  /**
   * `terminal`: all three are one; `input`: the command may read; `none`: it has no input, and ends
   * with the connection.
   */
  readonly streams: 'terminal' | 'input' | 'none';
}

/** Script like that of {@link inMonitor}, for a person or a job. */
export function inMonitorFor(
  { operator, streams }: Attachment,
  monitored: Monitored,
  words: readonly string[],
): string {
  const options = [
    '--interactive',
    ...(streams === 'terminal' ? ['--tty', '--env "TERM=$TERM"'] : []),
  ];
  const before = streams === 'none' ? `sh -c ${shellWord(untilInputEnds)} perch ` : '';
  const run = `exec docker exec ${options.join(' ')} ${perch(monitored, words, { [env.operator]: operator }, before)}`;
  return script(monitorOf(monitored), run);
}

function monitorOf({ service, edgeService }: Monitored): string {
  return edgeService ?? service;
}

/** Arguments of `docker exec`. The monitor's own environment names its own service. */
function perch(
  monitored: Monitored,
  words: readonly string[],
  environment: Environment = {},
  before = '',
): string {
  const { service } = monitored;
  const about = service === monitorOf(monitored) ? {} : { [env.service]: service };
  const given = Object.entries({ ...about, ...environment });
  const options = given.map(([name, value]) => `--env ${name}=${shellWord(value)}`);
  return [...options, `"$monitor" ${before}perch`, ...words.map(shellWord)].join(' ');
}

/** Shell script that fails if no healthy monitor of a service runs on a host. */
export function requireMonitor(service: string): string {
  return script(service, 'exit 0');
}

/** True if a script of this file failed because no healthy monitor runs on its host. */
export function lacksMonitor(error: unknown): boolean {
  return error instanceof PerchError && error.message.startsWith('no healthy monitor of service ');
}

function script(service: string, run: string): string {
  const filters = [
    `label=${labels.service}=${service}`,
    `label=${labels.part}=${part}`,
    'health=healthy',
  ];
  const find = `docker ps --quiet ${filters.map((text) => `--filter ${text}`).join(' ')} | head -n 1`;
  return [
    `monitor=$(${find})`,
    `if [ -z "$monitor" ]; then echo "no healthy monitor of service ${service} on this host" >&2; exit 1; fi`,
    run,
  ].join('\n');
}
