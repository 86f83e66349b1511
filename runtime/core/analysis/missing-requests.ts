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
