import type { ReadRollout } from '../../../../infra/deploy/rollout/state.ts';

/** Rollout `r42` in the second of three steps, as it was read just now. */
export function rollout(overrides: Partial<ReadRollout> = {}): ReadRollout {
  return {
    service: 'shop',
    rolloutId: 'r42',
    phase: 'progressing',
    weight: 25,
    plan: [{ weight: 5 }, { weight: 25 }, { weight: 100 }],
    step: {
      number: 2,
      leastLeftMs: 250_000,
      deadline: { leftMs: 3_240_000, outcome: 'pause' },
      nextWeight: 100,
    },
    stepNumber: 2,
    traffic: {
      canary: { requests: 1_204, errors: 3, errorPercent: 0.2492, p95Ms: 41.3 },
      stable: { requests: 3_611, errors: 8, errorPercent: 0.2215, p95Ms: 39.2 },
    },
    isJudged: true,
    verdict: {
      kind: 'inconclusive',
      sentence: '3 of 1204 canary requests (0.2%) failed: not enough data yet',
    },
    begun: {
      event: 'rollout-advanced',
      text: 'rollout r42 at step 2 of 3, weight 25; step 1 was safe: 0 of 300 canary requests (0.0%) failed: safe',
      by: 'monitor-web-1',
      at: Date.UTC(2026, 2, 1, 10, 5, 40),
    },
    evidence: [],
    reason: 'rollout r42 at step 2 of 3, weight 25; step 1 was safe',
    updatedBy: 'monitor-web-1',
    ageMs: 0,
    ...overrides,
  };
}

/** Rollout `r42`, paused by a person. */
export function pausedRollout(why = 'waiting for the translators'): ReadRollout {
  return rollout({
    phase: 'paused',
    step: null,
    begun: {
      event: 'rollout-paused',
      text: `rollout r42 paused at step 2 of 3: ${why}`,
      by: 'ada@laptop',
      at: Date.UTC(2026, 2, 1, 10, 7, 12),
    },
  });
}
