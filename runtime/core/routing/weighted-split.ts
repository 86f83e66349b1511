import type { Track } from '../../contract/names.ts';
import { fullShare, hundredths } from './weight.ts';

/** Requests in a block, and blocks in a period. */
const blockSize = 100;

/**
 * Random order of the two tracks in blocks of 100 requests: a draw without replacement from an urn
 * that holds the block's canary requests and its stable ones.
 *
 * The canary's count is exact in every block for a whole weight. With decimals, some blocks hold one
 * canary request more than others; chance chooses them too, and the count is exact over a period of
 * 100 blocks. Each request has the weight as its chance of the canary, whatever its number, so that
 * no pattern in the requests can match one in the split.
 *
 * A change of the weight begins a new block and a new period. What the previous ones still owed to
 * the canary, or had given it in advance, the next blocks make up for.
 */
export class WeightedSplit {
  readonly #random: () => number;
  /** Present weight, in hundredths of a percent. */
  #share = 0;
  /** Rest of the present block: requests, and canary requests among them. */
  #requests = 0;
  #canaries = 0;
  /** Rest of the present period: blocks, and those among them with one canary request more. */
  #blocks = 0;
  #extras = 0;
  /** Canary requests that changes of the weight have left over, times `fullShare`. */
  #owed = 0;

  /** @param random returns a number from 0 up to 1 that clients cannot predict. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /**
   * Track of the next request.
   * @param weight - the canary's share, percent.
   */
  next(weight: number): Track {
    const share = hundredths(weight);
    if (share !== this.#share) this.#changeTo(share);
    if (this.#requests === 0) this.#beginBlock();
    const isCanary = this.#random() * this.#requests < this.#canaries;
    this.#requests -= 1;
    if (!isCanary) return 'stable';
    this.#canaries -= 1;
    return 'canary';
  }

  #changeTo(share: number): void {
    const left = (this.#canaries + this.#extras) * fullShare;
    const due = this.#requests * this.#share + this.#blocks * blockSize * (this.#share % blockSize);
    this.#owed += left - due;
    this.#share = share;
    this.#requests = 0;
    this.#canaries = 0;
    this.#blocks = 0;
    this.#extras = 0;
  }

  #beginBlock(): void {
    if (this.#blocks === 0) {
      this.#blocks = blockSize;
      this.#extras = this.#share % blockSize;
    }
    const hasExtra = this.#random() * this.#blocks < this.#extras;
    this.#blocks -= 1;
    if (hasExtra) this.#extras -= 1;
    this.#requests = blockSize;
    this.#canaries = this.#withOwed(Math.floor(this.#share / blockSize) + Number(hasExtra));
  }

  /** Adds to a block's canary requests as many as it can take of those that are owed. */
  #withOwed(canaries: number): number {
    if (this.#share === 0 || this.#share === fullShare) return canaries;
    const wanted = canaries + Math.trunc(this.#owed / fullShare);
    const given = Math.min(Math.max(wanted, 0), blockSize);
    this.#owed -= (given - canaries) * fullShare;
    return given;
  }
}
