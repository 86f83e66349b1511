import type { LoadResult } from './load.ts';

/** One round of one workload with one peer. */
export interface RoundResult extends LoadResult {
  readonly workload: string;
  readonly peer: string;
  readonly round: number;
  /** CPU time of the peer's processes per request, microseconds. */
  readonly cpuUs: number;
}

const measures = ['cpuUs', 'perSecond', 'p50Ms', 'p99Ms'] as const;
type Measure = (typeof measures)[number];
export type Spread = Record<'minimum' | 'median' | 'maximum', number>;

interface Row {
  readonly workload: string;
  readonly peer: string;
  readonly failures: number;
  /** Medians of the measures. */
  readonly absolute: Record<Measure, number>;
  /** Ratios to the baseline of the same round, by baseline. */
  readonly ratios: Readonly<Record<string, Record<Measure, Spread>>>;
}

/** @param baselines names of peers; those that have no results are left out. */
export function summary(results: readonly RoundResult[], baselines: readonly string[]): Row[] {
  const groups = Map.groupBy(results, ({ workload, peer }) => `${workload}\0${peer}`);
  const present = baselines.filter((baseline) => results.some(({ peer }) => peer === baseline));
  return Array.from(groups.values(), (group) => {
    const { workload = '', peer = '' } = group[0] ?? {};
    const ratiosTo = (baseline: string) =>
      record((measure) =>
        spread(group.map((one) => one[measure] / sameRound(results, one, baseline)[measure])),
      );
    return {
      workload,
      peer,
      failures: group.reduce((sum, { failures }) => sum + failures, 0),
      absolute: record((measure) => spread(group.map((one) => one[measure])).median),
      ratios: Object.fromEntries(present.map((baseline) => [baseline, ratiosTo(baseline)])),
    };
  });
}

/** Prints the rows of one workload. */
export function printTable(results: readonly RoundResult[], baseline: string): void {
  const rows = summary(results, [baseline]);
  console.log(`\n${rows[0]?.workload ?? ''} (ratios to ${baseline}: median, minimum to maximum)`);
  const width = Math.max(...rows.map(({ peer }) => peer.length));
  for (const { peer, absolute, ratios, failures } of rows) {
    const to = ratios[baseline];
    if (to === undefined) throw new Error(`${baseline} was not measured`);
    const cells = [
      `CPU ${ratio(to.cpuUs)} ${absolute.cpuUs.toFixed(1).padStart(7)} µs`,
      `rate ${ratio(to.perSecond)} ${absolute.perSecond.toFixed(0).padStart(6)}/s`,
      `p50 ${ratio(to.p50Ms)}`,
      `p99 ${ratio(to.p99Ms)} ${absolute.p99Ms.toFixed(1)} ms`,
    ];
    const failed = failures > 0 ? `  FAILED ${failures}` : '';
    console.log(`  ${peer.padEnd(width)}  ${cells.join('  ')}${failed}`);
  }
}

/** Prints the CPU time per request of one peer by that of another, for each workload. */
export function printCpuRatios(
  results: readonly RoundResult[],
  { of, to }: { readonly of: string; readonly to: string },
): void {
  console.log(`\nCPU per request, ${of} / ${to} (median of the rounds, first to third quartile)`);
  const own = results.filter(({ peer }) => peer === of);
  for (const [workload, rounds] of Map.groupBy(own, (one) => one.workload)) {
    const ratios = rounds.map((one) => one.cpuUs / sameRound(results, one, to).cpuUs);
    const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => quantile(ratios, part).toFixed(2));
    console.log(`  ${workload.padEnd(36)} ${middle} (${low}-${high})`);
  }
}

/** Text of a spread: its median, then minimum to maximum. */
export function ratio({ minimum, median, maximum }: Spread): string {
  const [low, middle, high] = [minimum, median, maximum].map((value) => value.toFixed(2));
  return `${middle} (${low}-${high})`;
}

function sameRound(
  results: readonly RoundResult[],
  like: RoundResult,
  baseline: string,
): RoundResult {
  const found = results.find(
    ({ peer, workload, round }) =>
      peer === baseline && workload === like.workload && round === like.round,
  );
  if (found === undefined) throw new Error(`${baseline} has no round ${like.round}`);
  return found;
}

function record<T>(of: (measure: Measure) => T): Record<Measure, T> {
  return {
    cpuUs: of('cpuUs'),
    perSecond: of('perSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
  };
}

export function spread(values: readonly number[]): Spread {
  return {
    minimum: quantile(values, 0),
    median: quantile(values, 0.5),
    maximum: quantile(values, 1),
  };
}

/** Returns the value below which a part of the values lies, interpolated between two of them. */
function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const lower = sorted[Math.floor(at)] ?? NaN;
  const upper = sorted[Math.ceil(at)] ?? NaN;
  return lower + (upper - lower) * (at % 1);
}
