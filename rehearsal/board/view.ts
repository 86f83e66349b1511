import { tracks } from '../../runtime/contract/names.ts';
import type { Snapshot } from './snapshot.ts';
import { clock, count, milliseconds, percent, type Paint, type Style } from './text.ts';

const barColumns = 30;
const shownMoments = 6;

/** The board's lines, from top to bottom; what does not fit below is left out. */
export function boardLines(snapshot: Snapshot, paint: Paint): string[] {
  return [
    `${paint('bold', snapshot.title)}  ${paint('dim', `${clock(snapshot.elapsedMs)}  Ctrl-C ends it`)}`,
    ...snapshot.links.map(({ name, url }) => `  ${name.padEnd(9)}${paint('cyan', url)}`),
    '',
    ...trafficLines(snapshot, paint),
    '',
    ...releaseLines(snapshot, paint),
    ...judgeLines(snapshot, paint),
    ...flagLines(snapshot, paint),
    ...momentLines(snapshot, paint),
    ...eventLines(snapshot, paint),
  ];
}

/** The same in one line, for logs. */
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

function trafficLines({ counts, recent, ratePerSecond }: Snapshot, paint: Paint): string[] {
  const failed = `failed ${count(counts.failed)}`;
  const causes = [...counts.failures].map(([cause, times]) => `${count(times)} ${cause}`);
  const summary = [
    `${count(counts.total)} requests`,
    paint(counts.failed === 0 ? 'green' : 'red', failed),
    `${ratePerSecond.toFixed(0)} req/s`,
    `p50 ${milliseconds(recent.latencyMs(50))}`,
    `p95 ${milliseconds(recent.latencyMs(95))}`,
  ];
  return [
    `${paint('bold', 'Traffic')}  ${summary.join('   ')}`,
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

function releaseLines({ redis, redisAnswers, proxy, counts }: Snapshot, paint: Paint): string[] {
  const release = redis?.release;
  const state = [
    `weight ${release?.weight ?? '-'} %`,
    `affinity ${release?.affinity ?? '-'}`,
    `phase ${release?.phase ?? '-'}`,
    `generation ${release?.generation ?? '-'}`,
    proxy === undefined
      ? paint('red', 'proxy does not answer')
      : `proxy ${proxy.generation} ${paint(proxy.condition === 'fresh' ? 'green' : 'yellow', proxy.condition)}`,
    redisAnswers ? paint('green', 'Redis answers') : paint('red', 'Redis does not answer'),
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

function judgeLines({ redis, mails }: Snapshot, paint: Paint): string[] {
  if (mails === undefined) return [];
  const verdict = redis?.verdict ?? undefined;
  const open = (redis?.incidents ?? []).filter(({ resolvedAt }) => resolvedAt === null);
  const opinion =
    verdict === undefined
      ? 'no verdict'
      : `${paint(verdictColour(verdict.kind), verdict.kind)}: ${verdict.sentence}`;
  return [
    `${paint('bold', 'Judge')}    ${opinion}`,
    ...open.map(({ rule, subject }) => `  ${paint('red', 'open')}  ${rule} of ${subject}`),
    `  ${mails} mails`,
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

function momentLines({ timeline }: Snapshot, paint: Paint): string[] {
  if (timeline.length === 0) return [];
  const lines = timeline
    .slice(-shownMoments)
    .map(({ atMs, event }) => `  ${paint('dim', clock(atMs))}  ${event}`);
  return [paint('bold', 'Rehearsal'), ...lines, ''];
}

function eventLines({ redis }: Snapshot, paint: Paint): string[] {
  const lines = (redis?.events ?? []).map(
    ({ at, text }) => `  ${paint('dim', new Date(at).toISOString().slice(11, 19))}  ${text}`,
  );
  return lines.length === 0 ? [] : [paint('bold', 'Events'), ...lines];
}
