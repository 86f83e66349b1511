import { PerchError } from '../../runtime/contract/perch-error.ts';
import { labels, type Part } from '../../runtime/contract/labels.ts';
import { shellWord } from './shell-word.ts';

const part: Part = 'monitor';

/** Shell script that runs `perch` in the newest healthy monitor of `service` on a host. */
export function inMonitor(service: string, words: readonly string[]): string {
  return script(service, `exec docker exec "$monitor" perch ${words.map(shellWord).join(' ')}`);
}

/** Script like that of {@link inMonitor}, whose standard input `perch` reads. */
export function inMonitorWithInput(service: string, words: readonly string[]): string {
  return script(
    service,
    `exec docker exec --interactive "$monitor" perch ${words.map(shellWord).join(' ')}`,
  );
}

/** Shell script that fails if no healthy monitor of `service` runs on a host. */
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
