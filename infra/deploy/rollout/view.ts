/** Live view of a rollout: its state in, lines of a terminal out. Pure. */
import { styleText } from 'node:util';
import { columnsOf, cut, printable, wrapped } from './columns.ts';
import type { ReadRollout, TrackState } from './state.ts';
import {
  beganWords,
  errorsText,
  failureWords,
  judgeWords,
  p95Text,
  percentText,
  rateText,
  requestsText,
  stepWords,
  timeWords,
  trackWords,
} from './words.ts';

export interface ViewOptions {
  readonly columns: number;
  readonly rows: number;
  readonly hasColor: boolean;
}

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

/** Columns of the labels before sentences, and the narrowest terminal that has room for them. */
const labelColumns = 8;
const narrowColumns = 40;

const hint = 'Ctrl-C leaves the rollout as it is.';
const endings: readonly string[] = ['promoting', 'succeeded', 'aborted'];
const judgeStyles: Readonly<Record<string, Style>> = { harmful: 'red', safe: 'green' };
const phaseStyles: Readonly<Record<string, Style>> = {
  paused: 'yellow',
  aborted: 'red',
  promoting: 'green',
  succeeded: 'green',
};

/** Lines of the view, none wider than the terminal, and one fewer than it has rows. */
export function rolloutView(rollout: ReadRollout, options: ViewOptions): string[] {
  // Some terminals wrap a line that fills their last column.
  const columns = Math.max(1, options.columns - 1);
  const paint: Paint = options.hasColor
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_style, text) => text;
  const { service, rolloutId, phase, weight, verdict, failure, ageMs } = rollout;
  const isEnded = endings.includes(phase);
  const step = stepWords(rollout);
  const head = [
    `${service}: rollout ${rolloutId} ${phase}`,
    ...(step === '' ? [] : [step]),
    `canary at ${percentText(weight)}`,
  ];
  const labelled = (label: string, text: string, style: Style = []) =>
    withLabel(label, text, columns).map((line) => paint(style, line));
  const lines = [
    ...wrapped(printable(head.join(', ')), columns).map((line) => paint('bold', line)),
    ...stepsLine(rollout, columns, paint),
    '',
    ...trafficLines(rollout, columns),
    ...labelled('judge', judgeWords(rollout), judgeStyles[verdict?.kind ?? '']),
    ...(isEnded || phase === 'paused'
      ? labelled(phase, beganWords(rollout), phaseStyles[phase])
      : []),
    ...labelled('time', timeWords(rollout)),
    ...(failure === undefined ? [] : labelled('status', failureWords(failure, ageMs), 'yellow')),
    ...(isEnded ? [] : wrapped(hint, columns).map((line) => paint('dim', line))),
  ];
  return lines.slice(0, Math.max(1, options.rows - 1));
}

/** Sentence after its label, aligned where the terminal is wide enough. */
function withLabel(label: string, text: string, columns: number): string[] {
  if (columns < narrowColumns) return wrapped(`${label}: ${text}`, columns);
  const width = Math.max(labelColumns, label.length + 2);
  return wrapped(text, columns - width).map(
    (line, index) => `${(index === 0 ? label : '').padEnd(width)}${line}`,
  );
}

/**
 * Line of steps, the present one in brackets: `5% > [25%] > 100% > promotion`. If not all fit, those
 * around the present one.
 */
function stepsLine(
  { plan, stepNumber, phase }: ReadRollout,
  columns: number,
  paint: Paint,
): string[] {
  if (stepNumber === null) return [];
  const isPassed = phase === 'promoting' || phase === 'succeeded';
  const present = isPassed ? plan.length : stepNumber - 1;
  const names = [...plan.map(({ weight }) => percentText(weight)), 'promotion'].map((name, index) =>
    index === present ? `[${name}]` : name,
  );
  let [first, last] = [present, present];
  const shown = () => [
    ...(first > 0 ? ['...'] : []),
    ...names.slice(first, last + 1),
    ...(last < names.length - 1 ? ['...'] : []),
  ];
  for (let isGrowing = true; isGrowing;) {
    const before = [first, last];
    if (last < names.length - 1) last += 1;
    if (columnsOf(shown().join(' > ')) > columns) last = before[1] ?? present;
    if (first > 0) first -= 1;
    if (columnsOf(shown().join(' > ')) > columns) first = before[0] ?? present;
    isGrowing = first !== before[0] || last !== before[1];
  }
  const line = shown().join(' > ');
  if (columnsOf(line) > columns) return [cut(line, columns)];
  const at = line.indexOf('[');
  const end = line.indexOf(']') + 1;
  return [
    `${paint('green', line.slice(0, at))}${paint('bold', line.slice(at, end))}${line.slice(end)}`,
  ];
}

/** Table of both tracks; on a narrow terminal, a sentence on each. */
function trafficLines({ traffic }: ReadRollout, columns: number): string[] {
  if (traffic === null) return [];
  const { canary, stable } = traffic;
  const rows = [
    ['', 'requests', 'errors', 'p95'],
    trackRow('canary', canary),
    trackRow('stable', stable),
  ];
  const widths = rows.reduce<number[]>(
    (widest, cells) => cells.map((cell, index) => Math.max(cell.length, widest[index] ?? 0)),
    [],
  );
  const table = rows.map((cells) =>
    cells
      .map((cell, index) =>
        index === 0 ? cell.padEnd(labelColumns) : cell.padStart((widths[index] ?? 0) + 3),
      )
      .join(''),
  );
  if (table.every((line) => columnsOf(line) <= columns)) return [...table, ''];
  return [
    ...wrapped(`canary: ${trackWords(canary)}`, columns),
    ...wrapped(`stable: ${trackWords(stable)}`, columns),
    '',
  ];
}

function trackRow(name: string, track: TrackState): string[] {
  const { requests } = track;
  return [name, requestsText(requests), `${errorsText(track)}${rateText(track)}`, p95Text(track)];
}
