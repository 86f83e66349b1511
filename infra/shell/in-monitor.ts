import { labels, type Part } from '../../runtime/contract/labels.ts';

const part: Part = 'monitor';

/** Shell script that runs `perch` in the newest healthy monitor of `service` on a host. */
export function inMonitor(service: string, words: readonly string[]): string {
  const filters = [
    `label=${labels.service}=${service}`,
    `label=${labels.part}=${part}`,
    'health=healthy',
  ];
  const find = `docker ps --quiet ${filters.map((text) => `--filter ${text}`).join(' ')} | head -n 1`;
  return [
    `monitor=$(${find})`,
    `if [ -z "$monitor" ]; then echo "no healthy monitor of service ${service} on this host" >&2; exit 1; fi`,
    `exec docker exec "$monitor" perch ${words.map(quoted).join(' ')}`,
  ].join('\n');
}

function quoted(word: string): string {
  return /^[\w.:/@=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
