/** Reports about runs of Pulumi, in Markdown. Pure. */
import { stripVTControlCharacters } from 'node:util';

/** Bytes of a report. GitHub takes comments of up to 65,536 characters; a step's variable is smaller than 128 KiB. */
const largestBytes = 60_000;
/** Bytes for all but Pulumi's output. */
const largestFrameBytes = 2_000;
const longestLine = 1_000;

export interface PulumiReport {
  /** First line, which says what ran and how it ended. */
  readonly title: string;
  /** Sentences below the title. */
  readonly text: string;
  /** Pulumi's output, without secrets. */
  readonly output: string;
  /** URL of the job, which has the whole output. */
  readonly jobUrl: string;
}

/** Returns a report of bounded length. */
export function pulumiReport({ title, text, output, jobUrl }: PulumiReport): string {
  const shown = bounded(clean(output), largestBytes - largestFrameBytes);
  // A fence is longer than any inside it, or the output could end it.
  const inside = [...shown.matchAll(/`+/g)].map(([ticks]) => ticks.length);
  const fence = '`'.repeat(Math.max(3, ...inside.map((length) => length + 1)));
  return [
    `### ${title}`,
    '',
    text,
    '',
    `<details><summary>${resourcesIn(shown) ?? 'Output'}</summary>`,
    '',
    `${fence}text`,
    shown,
    fence,
    '',
    '</details>',
    '',
    `[The job](${jobUrl}) has the whole output.`,
    '',
  ].join('\n');
}

/** Counts of Pulumi's summary: `+ 2 to create, ~ 1 to update, 40 unchanged`. */
function resourcesIn(output: string): string | undefined {
  const [, counts = ''] = /^Resources:\n((?: +.+\n?)+)/m.exec(output) ?? [];
  const lines = counts.split('\n').map((line) => line.trim());
  const named = lines.filter((line) => line !== '').join(', ');
  return named === '' ? undefined : named.replaceAll('<', '&lt;');
}

/** Text without colours and control characters, with lines of bounded length. */
function clean(output: string): string {
  return stripVTControlCharacters(output)
    .replaceAll('\r', '')
    .replaceAll('\0', '')
    .trimEnd()
    .split('\n')
    .map((line) => (line.length <= longestLine ? line : `${line.slice(0, longestLine)}…`))
    .join('\n');
}

/** Keeps the beginning of a text and its end, which has errors and counts, and says what is left out. */
export function bounded(text: string, mostBytes: number): string {
  if (Buffer.byteLength(text) <= mostBytes) return text;
  const lines = text.split('\n');
  const share = Math.floor((mostBytes - 100) / 2);
  const first = lines.slice(0, fitting(lines, share));
  const last = lines.slice(
    Math.max(first.length, lines.length - fitting(lines.toReversed(), share)),
  );
  const left = lines.length - first.length - last.length;
  return [...first, `… ${left} lines are left out …`, ...last].join('\n');
}

/** Number of lines from the beginning that have at most so many bytes. */
function fitting(lines: readonly string[], mostBytes: number): number {
  let bytes = 0;
  const tooMany = lines.findIndex((line) => {
    bytes += Buffer.byteLength(line) + 1;
    return bytes > mostBytes;
  });
  return tooMany === -1 ? lines.length : tooMany;
}
