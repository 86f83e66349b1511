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
  /** The medians as they are. */
  readonly absolute: Record<Measure, number>;
  /** By nginx's of the same round. */
  readonly toNginx: Record<Measure, Spread>;
}

export function summary(samples: readonly RoundResult[]): Row[] {
  const groups = Map.groupBy(samples, ({ workload, peer }) => `${workload}\0${peer}`);
  return Array.from(groups.values(), (group) => {
    const { workload = '', peer = '' } = group[0] ?? {};
    const of = (measure: Measure) => group.map((sample) => sample[measure]);
    const ratios = (measure: Measure) =>
      group.map((sample) => sample[measure] / nginxOf(samples, sample)[measure]);
    return {
      workload,
      peer,
      failures: group.reduce((sum, { failures }) => sum + failures, 0),
      absolute: record((measure) => spread(of(measure)).median),
      toNginx: record((measure) => spread(ratios(measure))),
    };
  });
}

/** Prints the rows of one workload. */
export function printTable(samples: readonly RoundResult[]): void {
  const rows = summary(samples);
  console.log(`\n${rows[0]?.workload ?? ''} (ratios to nginx: median, minimum to maximum)`);
  for (const { peer, absolute, toNginx, failures } of rows) {
    const cells = [
      `CPU ${ratio(toNginx.cpuUs)} ${absolute.cpuUs.toFixed(1).padStart(7)} µs`,
      `rate ${ratio(toNginx.perSecond)} ${absolute.perSecond.toFixed(0).padStart(6)}/s`,
      `p50 ${ratio(toNginx.p50Ms)}`,
      `p99 ${ratio(toNginx.p99Ms)} ${absolute.p99Ms.toFixed(1)} ms`,
    ];
    const failed = failures > 0 ? `  FAILED ${failures}` : '';
    console.log(`  ${peer.padEnd(10)} ${cells.join('  ')}${failed}`);
  }
}

/** Median, then minimum to maximum. */
export function ratio({ minimum, median, maximum }: Spread): string {
  const [low, middle, high] = [minimum, median, maximum].map((value) => value.toFixed(2));
  return `${middle} (${low}-${high})`;
}

function nginxOf(samples: readonly RoundResult[], like: RoundResult): RoundResult {
  const found = samples.find(
    ({ peer, workload, round }) =>
      peer === 'nginx' && workload === like.workload && round === like.round,
  );
  if (found === undefined) throw new Error(`nginx has no round ${like.round}`);
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
  return {
    minimum: sorted[0] ?? NaN,
    median: sorted[Math.trunc(sorted.length / 2)] ?? NaN,
    maximum: sorted.at(-1) ?? NaN,
  };
}
