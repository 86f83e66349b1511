import { z } from 'zod';

const count = z.int().min(0);

/** Requests (or clients) of each track, and the bad ones among them: failed, slow or rejected. */
export const trackSampleSchema = z.object({
  canary: count,
  stable: count,
  badCanary: count,
  badStable: count,
});

export type TrackSample = Readonly<z.infer<typeof trackSampleSchema>>;

export const noSample: TrackSample = { canary: 0, stable: 0, badCanary: 0, badStable: 0 };

export function addSamples(left: TrackSample, right: TrackSample): TrackSample {
  return {
    canary: left.canary + right.canary,
    stable: left.stable + right.stable,
    badCanary: left.badCanary + right.badCanary,
    badStable: left.badStable + right.badStable,
  };
}
