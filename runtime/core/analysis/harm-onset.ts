import { z } from 'zod';
import { oddsRatios, type LogRatios } from './harm-test.ts';
import { addSamples, noSample, trackSampleSchema, type TrackSample } from './track-sample.ts';

const onsetSchema = z.object({
  /** Cumulative sum of log LR(w), from the last stratum at which it was not above 0. */
  score: z.number(),
  /** Start of that stratum, milliseconds since the epoch. */
  fromMs: z.int(),
  /** Counts since then. */
  sample: trackSampleSchema,
});

type Onset = z.infer<typeof onsetSchema>;

/**
 * Estimates of when harm began, one for each odds ratio: the start of the present excursion of a
 * cumulative sum (CUSUM: Page 1954, "Continuous Inspection Schemes"). They decide nothing; people
 * learn from them since when, and with which counts.
 */
export const onsetsSchema = z.array(onsetSchema).length(oddsRatios.length).readonly();

export type Onsets = z.infer<typeof onsetsSchema>;

export const noOnsets: Onsets = oddsRatios.map(() => ({ score: 0, fromMs: 0, sample: noSample }));

/** Onsets after one more stratum, which began at `fromMs`. */
export function nextOnsets(
  onsets: Onsets,
  ratios: LogRatios,
  { fromMs, sample }: { readonly fromMs: number; readonly sample: TrackSample },
): Onsets {
  return onsets.map((onset, index) => {
    const ratio = ratios[index] ?? 0;
    if (onset.score <= 0) return { score: ratio, fromMs, sample };
    const { score, sample: before } = onset;
    return { score: score + ratio, fromMs: onset.fromMs, sample: addSamples(before, sample) };
  });
}

/** The most likely onset; undefined if nothing speaks of harm. */
export function likelyOnset(onsets: Onsets): Onset | undefined {
  const best = onsets.reduce((most, onset) => (onset.score > most.score ? onset : most));
  return best.score > 0 ? best : undefined;
}
