/** Offset from which on a clock is wrong. */
const wrongFromMs = 2_000;

/** Error of a clock as text, such as `120 s fast`; undefined if its offset does not matter. */
export function clockError(offsetMs: number): string | undefined {
  const magnitudeMs = Math.abs(offsetMs);
  if (magnitudeMs <= wrongFromMs) return undefined;
  const seconds = (magnitudeMs / 1_000).toFixed(magnitudeMs < 10_000 ? 1 : 0);
  return `${seconds} s ${offsetMs > 0 ? 'fast' : 'slow'}`;
}

/** One comparison of an own clock with another's. */
export interface ClockSample {
  /** Time at which the other clock was asked, by the own one, milliseconds. */
  readonly askedAt: number;
  readonly roundTripMs: number;
  /** Its answer, milliseconds. */
  readonly answerMs: number;
}

/** Samples of which the one with the shortest round trip counts. */
const samplesKept = 5;
/** Drift between the clocks while samples are kept. */
const mostDriftMs = 10;

/**
 * Offset of another clock from an own one. The answer is taken for the time in the middle of the
 * round trip, which is wrong by half of it at most; so of the latest samples the one with the
 * shortest round trip counts. A sample that earlier ones contradict beyond that shows that the other
 * clock was set, or that another one answers; it replaces them.
 */
export class ClockOffset {
  #samples: readonly ClockSample[] = [];
  #best: ClockSample | undefined;

  /** Milliseconds by which the other clock is ahead; undefined before the first sample. */
  get ms(): number | undefined {
    return this.#best && offsetOf(this.#best);
  }

  take(sample: ClockSample): void {
    const isSame = this.#samples.every((one) => agree(one, sample));
    this.#samples = [...(isSame ? this.#samples : []), sample].slice(-samplesKept);
    this.#best = this.#samples.reduce((best, one) =>
      one.roundTripMs < best.roundTripMs ? one : best,
    );
  }
}

function offsetOf({ askedAt, roundTripMs, answerMs }: ClockSample): number {
  return answerMs - (askedAt + roundTripMs / 2);
}

function agree(one: ClockSample, other: ClockSample): boolean {
  const mostMs = (one.roundTripMs + other.roundTripMs) / 2 + mostDriftMs;
  return Math.abs(offsetOf(one) - offsetOf(other)) <= mostMs;
}
