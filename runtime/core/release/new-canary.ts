import { canaryVersions, type Member, type ReleaseDocument } from './release-document.ts';
import { isScheduled, stepText } from './rollout-plan.ts';

/** Changes that a member of a new canary makes beside its own, and their words. */
interface NewCanary {
  readonly changes: Pick<ReleaseDocument, 'phase' | 'weight' | 'evidence'>;
  readonly text: string;
}

/**
 * Brings the canary's share back to that of the first step, and pauses the rollout, before a member of
 * another version gets requests: the share was earned by the version before. The new version's own
 * rollout follows. Undefined: the rollout has no steps, or the version is not new in it.
 */
export function newCanary(document: ReleaseDocument, member: Member): NewCanary | undefined {
  const { rolloutId, phase, plan, weight } = document;
  const known = canaryVersions(document);
  const isNew = member.track === 'canary' && known.length > 0 && !known.includes(member.version);
  const isRolling = ['progressing', 'paused', 'promoting'].includes(phase);
  const [first] = plan;
  if (!isNew || !isRolling || !isScheduled(plan) || first === undefined) return undefined;
  const lower = Math.min(weight, first.weight);
  return {
    changes: { phase: 'paused', weight: lower, evidence: null },
    text: `; its version is new, so rollout ${rolloutId} pauses at ${stepText(document)}, weight ${lower}`,
  };
}
