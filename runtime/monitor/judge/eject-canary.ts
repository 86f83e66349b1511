import { releaseEvidence, type Ejection } from '../../core/ejection/ejection.ts';
import type { Verdict } from '../../core/analysis/verdict.ts';
import { ejectCanary } from '../../core/release/transitions.ts';
import { nextTrial, type Trial } from '../../core/analysis/trial.ts';
import type { ReleaseStore } from '../../store/release/release-store.ts';

export interface Condemned {
  readonly ejection: Ejection;
  readonly verdict: Verdict | undefined;
  readonly trial: Trial;
}

/**
 * Takes the canary out in one change of the release document, with the reason and the evidence in
 * it; unless another canary is on trial by now.
 * @throws PerchError those of ReleaseStore.change; `fenced` when another monitor judges now.
 */
export async function ejectCondemned(
  releases: Pick<ReleaseStore, 'change'>,
  { ejection, verdict, trial }: Condemned,
  nowMs: number,
): ReturnType<ReleaseStore['change']> {
  return await releases.change((document) => {
    if (nextTrial(trial, document, nowMs) !== trial) return { kind: 'unchanged' };
    const { summary, evidence } = ejection.details;
    const reason = evidence === undefined ? summary : `${summary}: ${evidence}`;
    return ejectCanary(document, reason, releaseEvidence({ ...verdict }, ejection));
  });
}
