import { releaseEvidence, type Ejection } from '../../core/ejection/ejection.ts';
import { ejectionFor } from '../../core/ejection/ejection-reasons.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { applyRollout } from '../../core/analysis/rollout.ts';
import { isOnTrial } from '../../core/analysis/trial.ts';
import { ejectCanary } from '../../core/release/transitions.ts';
import type { ReleaseStore } from '../../store/release/release-store.ts';
import type { Decision } from './decide.ts';

export interface Applied {
  /** The release document afterwards. */
  readonly document: ReleaseDocument;
  /** Undefined unless this call ejected the canary. */
  readonly ejection?: Ejection;
}

/**
 * Changes the release document as decided: ejects the canary, or moves the rollout.
 * @param document - the one that was decided on. A canary that is no longer on trial is not
 *   ejected, and a rollout that somebody changed since does not move.
 * @throws PerchError those of ReleaseStore.change; `fenced` if another monitor leads now.
 */
export async function applyDecision(
  releases: Pick<ReleaseStore, 'change'>,
  decision: Decision,
  document: ReleaseDocument,
  nowMs: number,
): Promise<Applied> {
  const { ejection: reason, rollout, trial, verdict } = decision;
  if (reason !== undefined && trial !== undefined) {
    const ejection = ejectionFor(reason, { document, trial, nowMs });
    const { summary, evidence } = ejection.details;
    const why = evidence === undefined ? summary : `${summary}: ${evidence}`;
    const outcome = await releases.change((current) =>
      isOnTrial(trial, current)
        ? ejectCanary(current, why, releaseEvidence({ ...verdict }, ejection))
        : { kind: 'unchanged' },
    );
    if (outcome.kind === 'changed') return { document: outcome.document, ejection };
    return { document: outcome.kind === 'refused' ? document : outcome.document };
  }
  if (rollout.kind === 'stay') return { document };
  const evidence = verdict === undefined ? null : releaseEvidence(verdict);
  const outcome = await releases.change((current) =>
    current.generation === document.generation
      ? applyRollout(current, rollout, evidence)
      : { kind: 'unchanged' },
  );
  return { document: outcome.kind === 'refused' ? document : outcome.document };
}
