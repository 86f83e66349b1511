import { trafficBucketMs, type HarmMetric } from '../../../runtime/contract/traffic-fields.ts';
import { defaultTrialSettings } from '../../../runtime/core/analysis/advance-trial.ts';
import { openStratum, type OpenStratum } from '../../../runtime/core/analysis/traffic-counts.ts';
import {
  addToStatistics,
  emptyStatistics,
  type Comparison,
  type TrialStatistics,
} from '../../../runtime/core/analysis/trial-statistics.ts';
import {
  decideVerdict,
  defaultVerdictSettings,
  type Verdict,
} from '../../../runtime/core/analysis/verdict.ts';
import { random } from './binomial.ts';

/** Requests of one rollout as a world makes them. */
export interface Traffic {
  /** The canary's share, percent. */
  readonly weight: (second: number) => number;
  /** Adds the requests of `seconds` seconds from `second` on. */
  readonly serve: (counts: OpenStratum, second: number, seconds: number) => void;
  /** Adds what is known only at the end of a bucket. */
  readonly endBucket?: (counts: OpenStratum) => void;
  /** Second at which what is looked for begins; requests and seconds count from then. Default 0. */
  readonly fromSecond?: number;
  /** Default: {@link comparison}. */
  readonly comparison?: Comparison;
}

/** Conditions of rollouts. */
export interface World {
  readonly begin: (chance: () => number) => Traffic;
  /** End of the rollout, seconds. */
  readonly seconds: number;
  /** First seconds, in whole buckets, in which nobody looks, so that they cost little. Default 0. */
  readonly prefixSeconds?: number;
}

/** One look at a bucket: the judge looks every second. */
export interface Look {
  /** Seconds since the start, up to now. */
  readonly atSeconds: number;
  readonly bucket: GrowingBucket;
  /** True if nothing more comes in this stratum of the bucket. */
  readonly isEnd: boolean;
  readonly comparison: Comparison;
}

export type GrowingBucket = OpenStratum & { readonly startMs: number; readonly weight: number };

/** A way of judging one rollout, look by look. */
export interface Rule {
  readonly look: (look: Look) => RuleAnswer | undefined;
}

export interface RuleAnswer {
  readonly kind: 'harmful' | 'safe';
  readonly metric: HarmMetric | 'safety';
}

/** Answer of a rule, counted from the start of what was looked for. */
export interface Found extends RuleAnswer {
  readonly canaryRequests: number;
  /** Negative if the answer came before that. */
  readonly seconds: number;
}

const bucketSeconds = trafficBucketMs / 1_000;
const slowAboveMs = 100;
const noReference = { requests: 0, bad: 0 };

/** Terms of the comparison with the defaults of production; a request above 100 ms is slow. */
const comparison: Comparison = comparisonWith(slowAboveMs);

/** Terms of the comparison with the defaults of production. */
export function comparisonWith(
  stableMs: number,
  references: Partial<Comparison['references']> = {},
): Comparison {
  const { latencyTolerance } = defaultTrialSettings;
  return {
    ...defaultTrialSettings,
    slowAboveMs: { stable: stableMs, canary: stableMs * latencyTolerance },
    safetyFromMs: 0,
    references: {
      errors: noReference,
      latency: noReference,
      rejections: noReference,
      ...references,
    },
  };
}

/** Verdict on these statistics, with the defaults of production. */
function verdictOf(statistics: TrialStatistics, terms = comparison): Verdict {
  const settings = defaultVerdictSettings;
  return decideVerdict({ statistics, comparison: terms, hardFailures: [], settings });
}

/** Perch's judge: whole buckets in the statistics, and the one that still grows beside them. */
export class PerchRule implements Rule {
  readonly #until: 'harmful' | 'safe';
  statistics: TrialStatistics;

  /** @param until - `safe` also ends at that verdict. */
  constructor(until: 'harmful' | 'safe' = 'harmful', statistics = emptyStatistics) {
    this.#until = until;
    this.statistics = statistics;
  }

  look({ bucket, isEnd, comparison: terms }: Look): RuleAnswer | undefined {
    const statistics = addToStatistics(this.statistics, [bucket], terms);
    if (isEnd) this.statistics = statistics;
    const { kind, evidence } = verdictOf(statistics, terms);
    if (kind === 'inconclusive' || (kind === 'safe' && this.#until === 'harmful')) return undefined;
    return { kind, metric: metricOf(evidence.rule) };
  }
}

const decidingMetrics = ['errors', 'latency', 'rejections', 'safety'] as const;

function metricOf(rule: Verdict['evidence']['rule']): RuleAnswer['metric'] {
  const metric = decidingMetrics.find((one) => one === rule);
  if (metric === undefined) throw new Error(`no rule of a simulation: ${rule}`);
  return metric;
}

/**
 * Runs one rollout through several rules, which all see the same requests.
 * @returns the answer of each; undefined if it gave none until the end.
 */
export function runRollout(
  world: World,
  chance: () => number,
  rules: readonly Rule[],
): (Found | undefined)[] {
  const { seconds, prefixSeconds = 0 } = world;
  const traffic = world.begin(chance);
  const { fromSecond = 0, comparison: terms = comparison } = traffic;
  const answers: (Found | undefined)[] = rules.map(() => undefined);
  let bucket = bucketAt(prefixSeconds, traffic.weight(prefixSeconds));
  let [canaryRequests, before] = [0, 0];
  for (let second = prefixSeconds; second < seconds; second += 1) {
    if (second === fromSecond) before = canaryRequests;
    const seen = requestsOf(bucket);
    const ofCanary = bucket.canary.requests;
    traffic.serve(bucket, second, 1);
    canaryRequests += bucket.canary.requests - ofCanary;
    const next = second + 1;
    const isLast = next % bucketSeconds === 0;
    if (isLast) traffic.endBucket?.(bucket);
    const isEnd = isLast || traffic.weight(next) !== bucket.weight;
    // Nothing changes in a second without a request.
    const isNew = requestsOf(bucket) > seen;
    if (isNew || (isEnd && requestsOf(bucket) > 0)) {
      const look = { atSeconds: next, bucket, isEnd, comparison: terms };
      for (const [index, rule] of rules.entries()) {
        if (answers[index] !== undefined) continue;
        const answer = rule.look(look);
        // A canary that is safe before what is looked for begins must be so after it.
        if (answer === undefined || (answer.kind === 'safe' && next <= fromSecond)) continue;
        const since = { canaryRequests: canaryRequests - before, seconds: next - fromSecond };
        answers[index] = { ...answer, ...since };
      }
      if (!answers.includes(undefined)) break;
    }
    if (isEnd) bucket = bucketAt(next, traffic.weight(next));
  }
  return answers;
}

/** Statistics after the seconds of a world in which nobody looks. */
function prefixStatistics(world: World, chance: () => number): TrialStatistics {
  const { prefixSeconds = 0 } = world;
  const { weight, serve, comparison: terms = comparison } = world.begin(chance);
  let statistics = emptyStatistics;
  for (let second = 0; second < prefixSeconds; second += bucketSeconds) {
    const bucket = bucketAt(second, weight(second));
    serve(bucket, second, bucketSeconds);
    if (requestsOf(bucket) > 0) statistics = addToStatistics(statistics, [bucket], terms);
  }
  return statistics;
}

/** Number of rollouts that share the seconds in which nobody looks. */
const sharing = 25;

/** Answers of Perch's judge in `runs` rollouts of a world. */
export function simulate(
  world: World,
  { runs, seed, until }: { runs: number; seed: number; until: 'harmful' | 'safe' },
): Simulation {
  const chance = random(seed);
  let statistics = emptyStatistics;
  const answers = Array.from({ length: runs }, (_, run) => {
    if (run % sharing === 0) statistics = prefixStatistics(world, chance);
    return runRollout(world, chance, [new PerchRule(until, statistics)])[0];
  });
  return summary(answers);
}

/** Outcomes of rollouts. */
export interface Simulation {
  readonly runs: number;
  /** Shares of them, 0 to 1: harmful after what was looked for began, before it, and safe. */
  readonly harmful: number;
  readonly early: number;
  readonly safe: number;
  /** Medians of all rollouts, those without an answer being the longest; NaN if those are half. */
  readonly medianRequests: number;
  readonly medianSeconds: number;
  /** Rollouts by the metric that decided. */
  readonly metrics: ReadonlyMap<RuleAnswer['metric'], number>;
}

/** Sums up the answers of one rule. */
export function summary(answers: readonly (Found | undefined)[]): Simulation {
  const runs = answers.length;
  const found = answers.filter((answer) => answer !== undefined);
  const late = found.filter(({ seconds }) => seconds > 0);
  const shareOf = (some: readonly Found[], kind: RuleAnswer['kind']) =>
    some.filter((answer) => answer.kind === kind).length / runs;
  const median = (values: readonly number[]) =>
    values.toSorted((a, b) => a - b)[Math.ceil(runs / 2) - 1] ?? Number.NaN;
  return {
    runs,
    harmful: shareOf(late, 'harmful'),
    early: (found.length - late.length) / runs,
    safe: shareOf(late, 'safe'),
    medianRequests: median(late.map(({ canaryRequests }) => canaryRequests)),
    medianSeconds: median(late.map(({ seconds }) => seconds)),
    metrics: new Map(
      [...new Set(found.map(({ metric }) => metric))].map((metric) => [
        metric,
        found.filter((answer) => answer.metric === metric).length,
      ]),
    ),
  };
}

function bucketAt(second: number, weight: number): GrowingBucket {
  const startMs = Math.floor(second / bucketSeconds) * trafficBucketMs;
  return { ...openStratum({ weight }), weight, startMs };
}

function requestsOf({ canary, stable }: OpenStratum): number {
  return canary.requests + stable.requests + given(canary) + given(stable);
}

/** Attempts that the client gave up. */
function given({ abandoned }: OpenStratum['canary']): number {
  let all = 0;
  for (const count of abandoned.values()) all += count;
  return all;
}
