import { tracks } from '../../runtime/contract/names.ts';
import { flow, headingColumns, newestThatFit, wrap, type TerminalSize } from './layout.ts';
import type { Snapshot } from './snapshot.ts';
import { clock, count, milliseconds, percent, type Paint, type Style } from './text.ts';

const barColumns = 30;
const shownEntries = 6;
const indent = ' '.repeat(headingColumns);
/** Rows from which sections stand apart. */
const roomyRows = 40;
/** Share of the free rows that the commands to try get at most. */
const tipsShare = 1 / 3;

const unbounded: TerminalSize = {
  columns: Number.POSITIVE_INFINITY,
  rows: Number.POSITIVE_INFINITY,
};

/**
 * Lines of the board, from top to bottom. On a small terminal, sections stand close together, long lines
 * continue on the next one, and the newest events have what is left.
 * @param size of the terminal. Default: everything is shown.
 */
export function boardLines(
  snapshot: Snapshot,
  paint: Paint,
  size: TerminalSize = unbounded,
): string[] {
  const { columns, rows } = size;
  const isRoomy = rows >= roomyRows;
  const apart = isRoomy ? [''] : [];
  const sections = [
    guestLines(snapshot, paint),
    maintenanceLines(snapshot, paint, columns),
    trafficLines(snapshot, paint, columns),
    releaseLines(snapshot, paint, columns),
    judgeLines(snapshot, paint, columns),
    flagLines(snapshot, paint, columns),
  ].filter((lines) => lines.length > 0);
  const fixed = [
    `${paint('bold', snapshot.title)}  ${paint('dim', `${clock(snapshot.elapsedMs)}  Ctrl-C to end`)}`,
    ...linkLines(snapshot, paint, { isRoomy, columns }),
    ...sections.flatMap((lines) => [...apart, ...lines]),
  ];
  const lists = 3;
  const free = rows - fixed.length - lists * apart.length;
  const tips = tipLines(snapshot, paint, free * tipsShare);
  const left = free - tips.length;
  const timeline = timelineLines(snapshot, paint, { rows: left / 2, columns });
  const events = eventLines(snapshot, paint, { rows: left - timeline.length, columns });
  return [...fixed, ...[timeline, events, tips].flatMap((lines) => below(lines, apart))];
}

function below(lines: readonly string[], apart: readonly string[]): string[] {
  return lines.length === 0 ? [] : [...apart, ...lines];
}

function linkLines(
  { links }: Snapshot,
  paint: Paint,
  { isRoomy, columns }: { readonly isRoomy: boolean; readonly columns: number },
): string[] {
  if (isRoomy) return links.map(({ name, url }) => `  ${name.padEnd(9)}${paint('cyan', url)}`);
  const parts = links.map(({ name, url }) => `${name} ${paint('cyan', url)}`);
  return flow(parts, columns, { first: '  ', gap: '  ' });
}

/** State of the rehearsal in one line, for logs. */
export function boardLine({ elapsedMs, counts, recent, ratePerSecond, redis }: Snapshot): string {
  const release = redis?.release;
  return [
    clock(elapsedMs),
    `${Math.round(ratePerSecond)} req/s`,
    `requests ${counts.total}`,
    `failed ${counts.failed}`,
    ...tracks.map((track) => `${track} ${percent(recent.answeredBy(track), recent.total)}`),
    `p50 ${milliseconds(recent.latencyMs(50))}`,
    `p95 ${milliseconds(recent.latencyMs(95))}`,
    `weight ${release?.weight ?? '-'}`,
    `generation ${release?.generation ?? '-'}`,
    ...(redis?.maintenance?.on === true ? ['in maintenance'] : []),
  ].join('  ');
}

/** Says, once there are several services, which one the rest of the board is about. */
function guestLines({ service, guests }: Snapshot, paint: Paint): string[] {
  if (guests.length === 0) return [];
  const others = guests.map(({ service: name, counts }) => {
    return `${name} ${count(counts.total)} requests, failed ${count(counts.failed)}`;
  });
  return [`${paint('bold', 'Service')}  ${service}   others: ${others.join('; ')}`];
}

/** Says that the service is in maintenance, since when, by whom, and the message for clients. */
function maintenanceLines({ redis }: Snapshot, paint: Paint, columns: number): string[] {
  const maintenance = redis?.maintenance;
  if (maintenance?.on !== true) return [];
  const { at, by, message } = maintenance;
  const said = message === undefined ? '' : `: "${message}"`;
  const since = new Date(at).toISOString().slice(11, 19);
  return wrap(`requests get 503 since ${since} by ${by}${said}`, columns, {
    first: `${paint('bold', 'Maintenance')}  `,
    indent,
  });
}

function trafficLines(
  { counts, recent, ratePerSecond }: Snapshot,
  paint: Paint,
  columns: number,
): string[] {
  const failed = `failed ${count(counts.failed)}`;
  const causes = [...counts.failures].map(([cause, times]) => `${count(times)} ${cause}`);
  const totals = [
    `${count(counts.total)} requests`,
    paint(counts.failed === 0 ? 'green' : 'red', failed),
    `${ratePerSecond.toFixed(0)} req/s`,
    `p50 ${milliseconds(recent.latencyMs(50))}`,
    `p95 ${milliseconds(recent.latencyMs(95))}`,
  ];
  return [
    ...flow(totals, columns, { first: `${paint('bold', 'Traffic')}  `, indent }),
    ...tracks.map((track) => trackLine(track, recent.answeredBy(track), recent.total, paint)),
    ...(causes.length === 0 ? [] : [paint('red', `  ${causes.join(', ')}`)]),
  ];
}

function trackLine(track: string, part: number, whole: number, paint: Paint): string {
  const filled = whole === 0 ? 0 : Math.round((part * barColumns) / whole);
  const bar = '█'.repeat(filled) + '░'.repeat(barColumns - filled);
  const colour = track === 'canary' ? 'yellow' : 'blue';
  return `  ${track.padEnd(8)}${percent(part, whole).padStart(8)}  ${paint(colour, bar)}`;
}

function releaseLines(
  { redis, redisResponds, proxy, counts }: Snapshot,
  paint: Paint,
  columns: number,
): string[] {
  const release = redis?.release;
  const state = [
    `weight ${release === undefined ? '-' : `${release.weight}%`}`,
    `affinity ${release?.affinity ?? '-'}`,
    `phase ${release?.phase ?? '-'}`,
    `generation ${release?.generation ?? '-'}`,
    proxy === undefined
      ? paint('red', 'proxy does not respond')
      : `proxy ${proxy.generation} ${paint(proxy.condition === 'fresh' ? 'green' : 'yellow', proxy.condition)}`,
    redisResponds ? paint('green', 'Redis responds') : paint('red', 'Redis does not respond'),
  ];
  const heading = ['MEMBER', 'TRACK', 'VERSION', 'STATE', 'REQUESTS'];
  const rows = (release?.members ?? []).map(({ id, track, version, state }) => {
    const requests = count(counts.members.get(id) ?? 0);
    return [id, track, version, state, requests];
  });
  return [
    ...flow(state, columns, { first: `${paint('bold', 'Release')}  `, indent }),
    paint('dim', cells(heading)),
    ...rows.map(cells),
  ];
}

function judgeLines({ redis, emails }: Snapshot, paint: Paint, columns: number): string[] {
  if (emails === undefined) return [];
  const verdict = redis?.verdict ?? undefined;
  const open = (redis?.incidents ?? []).filter(({ resolvedAt }) => resolvedAt === null);
  const first = `${paint('bold', 'Judge')}    `;
  const judgeStatus =
    verdict === undefined
      ? [`${first}no verdict`]
      : wrap(verdict.sentence, columns, {
          first: `${first}${paint(verdictColour(verdict.kind), verdict.kind)}: `,
          indent,
        });
  return [
    ...judgeStatus,
    ...open.map(({ rule, subject }) => `  ${paint('red', 'open')}  ${rule} of ${subject}`),
    `  ${emails} ${emails === 1 ? 'email' : 'emails'}`,
  ];
}

function verdictColour(kind: string): Style {
  if (kind === 'harmful') return 'red';
  return kind === 'safe' ? 'green' : 'yellow';
}

function cells(texts: readonly string[]): string {
  const widths = [14, 8, 10, 10, 10];
  return `  ${texts.map((text, index) => text.padEnd(widths[index] ?? 0)).join('')}`;
}

function flagLines({ redis }: Snapshot, paint: Paint, columns: number): string[] {
  const flags = [...(redis?.flags ?? [])].map(([key, value]) => `${key} ${paint('cyan', value)}`);
  return flags.length === 0
    ? []
    : flow(flags, columns, { first: `${paint('bold', 'Flags')}    `, indent });
}

function timelineLines(
  { timeline }: Snapshot,
  paint: Paint,
  { rows, columns }: TerminalSize,
): string[] {
  const entries = timeline
    .slice(-shownEntries)
    .map(({ atMs, event }) => entryLines(paint('dim', clock(atMs)), event, columns));
  return headed(paint('bold', 'Rehearsal'), entries, rows);
}

function eventLines({ redis }: Snapshot, paint: Paint, { rows, columns }: TerminalSize): string[] {
  const entries = (redis?.events ?? []).map(({ at, text }) =>
    entryLines(paint('dim', new Date(at).toISOString().slice(11, 19)), text, columns),
  );
  return headed(paint('bold', 'Events'), entries, rows);
}

function entryLines(time: string, text: string, columns: number): string[] {
  return wrap(text, columns, { first: `  ${time}  `, indent: '            ' });
}

/** Newest entries below their heading. */
function headed(heading: string, entries: readonly (readonly string[])[], rows: number): string[] {
  return entries.length === 0 ? [] : [heading, ...newestThatFit(entries, rows - 1)];
}

function tipLines({ tips }: Snapshot, paint: Paint, rows: number): string[] {
  const shown = tips.slice(0, Math.max(0, Math.floor(rows) - 1));
  const lines = shown.map(({ command, effect }) => `  ${paint('cyan', command)}  ${effect}`);
  return lines.length === 0 ? [] : [paint('bold', 'Try in another terminal'), ...lines];
}
