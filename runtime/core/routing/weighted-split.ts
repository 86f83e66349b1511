import type { Track } from '../../contract/names.ts';
import { fullShare, hundredths } from './weight.ts';

/**
 * Smooth weighted round robin between the two tracks, in hundredths of a percent.
 *
 * The canary's credit grows by its weight with every request and pays the full share for each
 * request that it gets. So at a constant weight its count over any n consecutive requests differs
 * from n x weight by less than one, and over any 10,000 it is exact. The credit survives a change of
 * weight, so no request is lost or counted twice.
 */
export class WeightedSplit {
  /** In [-fullShare / 2, fullShare / 2). The offset of half a share puts the first canary request mid-period. */
  #credit = 0;

  /**
   * Track of the next request.
   * @param weight - the canary's share, percent.
   */
  next(weight: number): Track {
    this.#credit += hundredths(weight);
    if (this.#credit < fullShare / 2) return 'stable';
    this.#credit -= fullShare;
    return 'canary';
  }
}
