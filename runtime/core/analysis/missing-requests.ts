import { z } from 'zod';
import { formatDuration } from '../../contract/format-duration.ts';
import type { StoredJudgeStatus } from './judge-status.ts';
import { nextSafety, safetyBound, safetyScores } from './safety-test.ts';
import { safetyWith, type Comparison, type TrialStatistics } from './trial-statistics.ts';

const mostRequests = 2 ** 20;

/**
 * Number of further canary requests, none of them failed, after which the tests of safety are passed;
 * null if a million would not be enough.
 */
export function missingRequests(
  statistics: Pick<TrialStatistics, 'safety' | 'running'>,
  comparison: Comparison,
): number | null {
  if (!isPassedWith(mostRequests, statistics, comparison)) return null;
  let [tooFew, enough] = [-1, mostRequests];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isPassedWith(middle, statistics, comparison)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

function isPassedWith(
  more: number,
  { safety, running }: Pick<TrialStatistics, 'safety' | 'running'>,
  comparison: Comparison,
): boolean {
  const settings = comparison.safety;
  const isOfStep = safetyWith({ safety }, running, comparison) !== safety;
  const known = isOfStep && running !== null ? running.requests : none;
  const later = nextSafety(safety, { ...known, canary: known.canary + more }, settings);
  const { relative, absolute } = safetyScores(later);
  const isProven = Math.max(relative, absolute) >= safetyBound(settings);
  return isProven && later.requests >= settings.fewestRequests;
}

const none = { canary: 0, stable: 0, badCanary: 0, badStable: 0 };

const evidenceSchema = z.object({ safety: z.object({ missing: z.int().min(0).nullable() }) });

/**
 * What the judge still needs to find the canary safe, a sentence without its full stop; undefined if
 * it has decided, or if its monitor does not say so.
 * @param perSecond - requests of the canary per second; undefined: not known.
 */
export function missingText(
  verdict: StoredJudgeStatus['verdict'] | undefined,
  perSecond?: number,
): string | undefined {
  if (verdict?.kind !== 'inconclusive') return undefined;
  const { data } = evidenceSchema.safeParse(verdict.evidence);
  if (data === undefined) return undefined;
  const { missing } = data.safety;
  if (missing === null) {
    return 'the judge cannot call the canary safe while its requests fail or are slow more often than those of stable';
  }
  const requests = missing === 1 ? '1 more canary request' : `${missing} more canary requests`;
  const needed = `the judge needs about ${requests} without a failure`;
  if (perSecond === undefined) return needed;
  if (perSecond <= 0) return `${needed}: none has arrived lately`;
  const ms = Math.ceil(missing / perSecond) * 1_000;
  return `${needed}: about ${formatDuration(ms)} at the present rate`;
}
