import { noRatios, oddsRatios, type LogRatios } from './harm-test.ts';

/** Fewest earlier requests of stable that make a reference. */
const fewestRequests = 100;
/** Further tolerance, because the reference is older than what is compared with it. */
const ageTolerance = 2;

/** Earlier requests of stable, and the bad ones among them. */
export interface Reference {
  readonly requests: number;
  readonly bad: number;
}

/**
 * log LR(w) of canary requests while the canary has all of the traffic, for each odds ratio: against
 * the rate that stable had before. A binomial likelihood ratio of "odds w times as high" against an
 * upper bound of that rate, two standard deviations above what was seen, times the tolerance. Its
 * expectation is at most 1 while the conditions are those of before; an outage of something that both
 * versions share looks like harm here, because there is nothing to compare with at the same time.
 */
export function referenceLogRatios(
  { requests, bad }: { readonly requests: number; readonly bad: number },
  reference: Reference,
  tolerance: number,
): LogRatios {
  if (requests === 0 || reference.requests < fewestRequests) return noRatios;
  const upper = reference.bad + 2 * Math.sqrt(reference.bad + 1);
  const rate = Math.min(0.5, upper / reference.requests);
  const odds = (rate / (1 - rate)) * tolerance * ageTolerance;
  const probability = (ratio: number) => (odds * ratio) / (1 + odds * ratio);
  const [bound, good] = [probability(1), requests - bad];
  return oddsRatios.map((ratio) => {
    const harmful = probability(ratio);
    return bad * Math.log(harmful / bound) + good * Math.log((1 - harmful) / (1 - bound));
  });
}
