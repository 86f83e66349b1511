import { tracks } from '../../runtime/contract/names.ts';
import type { Snapshot } from './snapshot.ts';
import { clock, count, milliseconds, percent, type Paint, type Style } from './text.ts';

const barColumns = 30;
const shownEntries = 6;

/** Lines of the board, from top to bottom. */
export function boardLines(snapshot: Snapshot, paint: Paint): string[] {
  return [
    `${paint('bold', snapshot.title)}  ${paint('dim', `${clock(snapshot.elapsedMs)}  Ctrl-C to end`)}`,
    ...snapshot.links.map(({ name, url }) => `  ${name.padEnd(9)}${paint('cyan', url)}`),
    '',
    ...guestLines(snapshot, paint),
    ...trafficLines(snapshot, paint),
    '',
    ...releaseLines(snapshot, paint),
    ...judgeLines(snapshot, paint),
    ...flagLines(snapshot, paint),
    ...timelineLines(snapshot, paint),
    ...eventLines(snapshot, paint),
  ];
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
  ].join('  ');
}

/** Says, once there are several services, which one the rest of the board is about. */
function guestLines({ service, guests }: Snapshot, paint: Paint): string[] {
  if (guests.length === 0) return [];
  const others = guests.map(({ service: name, counts }) => {
    return `${name} ${count(counts.total)} requests, failed ${count(counts.failed)}`;
  });
  return [`${paint('bold', 'Service')}  ${service}   others: ${others.join('; ')}`, ''];
}

function trafficLines({ counts, recent, ratePerSecond }: Snapshot, paint: Paint): string[] {
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
    `${paint('bold', 'Traffic')}  ${totals.join('   ')}`,
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

function releaseLines({ redis, redisResponds, proxy, counts }: Snapshot, paint: Paint): string[] {
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
    `${paint('bold', 'Release')}  ${state.join('   ')}`,
    paint('dim', columns(heading)),
    ...rows.map(columns),
    '',
  ];
}

function judgeLines({ redis, emails }: Snapshot, paint: Paint): string[] {
  if (emails === undefined) return [];
  const verdict = redis?.verdict ?? undefined;
  const open = (redis?.incidents ?? []).filter(({ resolvedAt }) => resolvedAt === null);
  const judgeStatus =
    verdict === undefined
      ? 'no verdict'
      : `${paint(verdictColour(verdict.kind), verdict.kind)}: ${verdict.sentence}`;
  return [
    `${paint('bold', 'Judge')}    ${judgeStatus}`,
    ...open.map(({ rule, subject }) => `  ${paint('red', 'open')}  ${rule} of ${subject}`),
    `  ${emails} ${emails === 1 ? 'email' : 'emails'}`,
    '',
  ];
}

function verdictColour(kind: string): Style {
  if (kind === 'harmful') return 'red';
  return kind === 'safe' ? 'green' : 'yellow';
}

function columns(cells: readonly string[]): string {
  const widths = [14, 8, 10, 10, 10];
  return `  ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('')}`;
}

function flagLines({ redis }: Snapshot, paint: Paint): string[] {
  const flags = [...(redis?.flags ?? [])].map(([key, value]) => `${key} ${paint('cyan', value)}`);
  return flags.length === 0 ? [] : [`${paint('bold', 'Flags')}    ${flags.join('   ')}`, ''];
}

function timelineLines({ timeline }: Snapshot, paint: Paint): string[] {
  if (timeline.length === 0) return [];
  const lines = timeline
    .slice(-shownEntries)
    .map(({ atMs, event }) => `  ${paint('dim', clock(atMs))}  ${event}`);
  return [paint('bold', 'Rehearsal'), ...lines, ''];
}

function eventLines({ redis }: Snapshot, paint: Paint): string[] {
  const lines = (redis?.events ?? []).map(
    ({ at, text }) => `  ${paint('dim', new Date(at).toISOString().slice(11, 19))}  ${text}`,
  );
  return lines.length === 0 ? [] : [paint('bold', 'Events'), ...lines];
}
