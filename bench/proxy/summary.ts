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
  console.log(`\nCPU per request, ${of} / ${to} (median, minimum to maximum)`);
  for (const { workload, peer, ratios } of summary(results, [to])) {
    const cpu = ratios[to]?.cpuUs;
    if (peer === of && cpu !== undefined) console.log(`  ${workload.padEnd(36)} ${ratio(cpu)}`);
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
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const lower = sorted[Math.ceil(middle) - 1] ?? NaN;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  return {
    minimum: sorted[0] ?? NaN,
    median: (lower + upper) / 2,
    maximum: sorted.at(-1) ?? NaN,
  };
}
