import { PerchError } from '../../runtime/contract/perch-error.ts';
import type { ConfiguredStep } from '../../runtime/contract/rollout-steps.ts';
import type { EventView } from '../parts/redis-reader.ts';
import type { Stage } from '../stage.ts';
import { until } from '../until.ts';

/** Plan of a rollout: each step lasts until the judge finds it safe, and for some seconds at least. */
export const steps: readonly ConfiguredStep[] = [
  { weight: 10, minutes: 0.05 },
  { weight: 25, minutes: 0.05 },
  { weight: 50, minutes: 0.05 },
];

const longestRolloutMs = 120_000;
const readEvents = 200;

/** Begins a rollout with the steps, and waits until the proxy applies its first one. */
export async function beginRollout(
  { perch, recorder }: Pick<Stage, 'perch' | 'recorder'>,
  rolloutId: string,
): Promise<void> {
  await perch.give({ steps }, 'rollout', 'begin', rolloutId);
  const weights = steps.map(({ weight }) => `${weight}%`).join(', then ');
  recorder.note(`its rollout begins: ${weights} of the requests, each once the judge is sure`);
}

/**
 * Waits until a rollout is in this phase, and notes each decision that leads to it as it is made.
 * @returns the events of these decisions, oldest first.
 * @throws PerchError `process_failed` if it ends in another phase.
 */
export async function followRollout(
  { reader, recorder }: Pick<Stage, 'reader' | 'recorder'>,
  rolloutId: string,
  phase: keyof typeof decisions,
): Promise<readonly EventView[]> {
  const seen = new Map<string, EventView>();
  const types: readonly string[] = decisions[phase];
  const isReached = async () => {
    // Read first: the events of this phase were written with it.
    const { release } = await reader.read();
    for (const event of await reader.lastEvents(readEvents)) {
      const isDecision = types.includes(event.type) && event.text.includes(`rollout ${rolloutId} `);
      if (seen.has(event.id) || !isDecision) continue;
      seen.set(event.id, event);
      recorder.note(`  ${event.text}`);
    }
    if (release?.rolloutId !== rolloutId) return false;
    if (!['paused', 'aborted'].includes(release.phase)) return release.phase === phase;
    const ejected = (await reader.lastEvents(readEvents)).findLast(
      ({ type }) => type === 'canary-ejected',
    );
    const why = ejected?.text ?? release.reason;
    throw new PerchError('process_failed', `the rollout is ${release.phase}: ${why}`);
  };
  const timeoutMs = longestRolloutMs;
  await until(`the rollout to be ${phase}`, isReached, { timeoutMs, everyMs: 200 });
  return [...seen.values()];
}

/** Decisions of the judge that lead to each phase. */
const decisions = {
  promoting: ['rollout-advanced', 'rollout-promoted'],
  succeeded: ['rollout-succeeded'],
} as const;
