import { ejectionOf, releaseEvidence, type Ejection } from './ejection.ts';
import type { Member, ReleaseDocument } from '../release/release-document.ts';
import { eject, ejectCanary, type Transition } from '../release/transitions.ts';
import { activeCanaries } from '../release/release-document.ts';

/** Why a canary leaves by itself. */
export interface SelfEjectionRequest {
  readonly memberId: string;
  /** To be read after "canary ejected itself: ". */
  readonly reason: string;
  /** The rule or gate that it broke, where another one found that out. */
  readonly cause?: string;
  /** Flags that go off with it. */
  readonly flags?: readonly string[];
}

/**
 * A canary takes itself out, with all that the leader needs to tell people of it: alone, or the
 * whole canary when it is the last of it. Any other member stays, the last stable one above all.
 */
export function ejectItself(
  document: ReleaseDocument,
  request: SelfEjectionRequest,
  nowMs: number,
): Transition {
  const canaries = activeCanaries(document.members);
  const member = canaries.find(({ id }) => id === request.memberId);
  if (member === undefined) return { kind: 'unchanged' };
  const left = canaries.length - 1;
  const ejection = selfEjectionOf(document, member, left, request, nowMs);
  const { summary } = ejection.details;
  const evidence = releaseEvidence({}, ejection);
  if (left === 0) return ejectCanary(document, summary, evidence);
  const transition = eject(document, member.id, summary);
  return transition.kind === 'changed'
    ? { ...transition, document: { ...transition.document, evidence } }
    : transition;
}

function selfEjectionOf(
  document: ReleaseDocument,
  { id, version, host }: Member,
  left: number,
  { reason, cause = 'ejected itself', flags = [] }: SelfEjectionRequest,
  nowMs: number,
): Ejection {
  const share = left === 0 ? `weight ${document.weight} to 0` : `${left} left, same weight`;
  return {
    incidentId: earlierIncident(document) ?? `canary-ejected|canary|${nowMs}`,
    flags: [...flags],
    details: {
      summary: `canary ejected itself: ${reason}`,
      actions: [`canary ${id} taken out of rotation (${share})`],
      cause,
      track: 'canary',
      version,
      host,
      member: id,
      sinceMs: nowMs,
    },
  };
}

/** Canaries that leave one after the other are one incident, as long as none came back. */
function earlierIncident(document: ReleaseDocument): string | undefined {
  const earlier = ejectionOf(document);
  const isOut = document.members.some(
    ({ id, state }) => id === earlier?.details.member && state === 'ejected',
  );
  return isOut ? earlier?.incidentId : undefined;
}
