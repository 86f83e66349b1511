import { labels } from '../../runtime/contract/labels.ts';
import { lastLogLines } from './await-healthy.ts';

/** A container that failed, as its host describes it. */
export interface FailingContainer {
  readonly name: string;
  /** Docker's own words, such as `Restarting (1) 3 seconds ago`. */
  readonly status: string;
  /** The last lines of its log, oldest first. */
  readonly lines: readonly string[];
}

/**
 * Shell script that prints the containers of a service that are not healthy or belong to one of the
 * members, with their last log lines. It changes nothing.
 */
export function failingContainers(service: string, members: readonly string[]): string {
  const format = `{{.ID}} {{.Names}} member={{.Label "${labels.member}"}} {{.Status}}`;
  const cases = members.map((member) => `    'member=${member} '*) ;;`);
  return [
    `docker ps --all --filter 'label=${labels.service}=${service}' --format '${format}' |`,
    'while read -r id name member status; do',
    '  case "$member $status" in',
    ...cases,
    "    *'(healthy)') continue ;;",
    // Without a health check, as workers are, it runs or it does not.
    "    *')' | *' Exited '* | *' Restarting '* | *' Created' | *' Dead') ;;",
    "    *' Up '*) continue ;;",
    '  esac',
    '  echo "$name $status"',
    // A space begins each line of a log, so that no log can pass for another container.
    `  ${lastLogLines('"$id"')} | sed 's/^/ /'`,
    'done',
  ].join('\n');
}

/** @param printed output of the script of {@link failingContainers}. */
export function parseFailingContainers(printed: string): FailingContainer[] {
  const found: { name: string; status: string; lines: string[] }[] = [];
  for (const line of printed.trimEnd().split('\n')) {
    if (line === '') continue;
    if (line.startsWith(' ')) found.at(-1)?.lines.push(line.slice(1));
    else {
      const [name = '', ...status] = line.split(' ');
      found.push({ name, status: status.join(' '), lines: [] });
    }
  }
  return found;
}
