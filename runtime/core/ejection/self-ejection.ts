import { ejectionOf, releaseEvidence, type Ejection } from './ejection.ts';
import { activeCanaries, type Member, type ReleaseDocument } from '../release/release-document.ts';
import { eject, ejectCanary, type Transition } from '../release/transitions.ts';

/** Request of a canary member to eject itself. */
export interface SelfEjectionRequest {
  readonly memberId: string;
  /** Sentence without its full stop, read after "canary ejected itself: ". */
  readonly reason: string;
  /** Hard failure or id of the rule, if a monitor ordered the ejection. Default `ejected itself`. */
  readonly cause?: string;
  /** Keys of flags to switch off. Default: none. */
  readonly flags?: readonly string[];
}

/**
 * Ejects a canary member at its own request, and records what the leader needs to notify people. If
 * it is the last active canary member, the whole canary is ejected. A stable member never is.
 */
export function ejectItself(
  document: ReleaseDocument,
  request: SelfEjectionRequest,
  nowMs: number,
): Transition {
  const canaries = activeCanaries(document.members);
  const member = canaries.find(({ id }) => id === request.memberId);
  if (member === undefined) return { kind: 'unchanged' };
  const ejection = selfEjectionOf(document, member, request, nowMs);
  const { summary } = ejection.details;
  const evidence = releaseEvidence({}, ejection);
  if (canaries.length === 1) return ejectCanary(document, summary, evidence);
  const transition = eject(document, member.id, summary);
  return transition.kind === 'changed'
    ? { ...transition, document: { ...transition.document, evidence } }
    : transition;
}

function selfEjectionOf(
  document: ReleaseDocument,
  { id, version, host }: Member,
  { reason, cause = 'ejected itself', flags = [] }: SelfEjectionRequest,
  nowMs: number,
): Ejection {
  const left = activeCanaries(document.members).length - 1;
  const effect = left === 0 ? `weight ${document.weight} to 0` : `${left} left, weight unchanged`;
  return {
    incidentId: earlierIncident(document) ?? `canary-ejected|canary|${nowMs}`,
    flags: [...flags],
    details: {
      summary: `canary ejected itself: ${reason}`,
      actions: [`canary ${id} ejected (${effect})`],
      cause,
      track: 'canary',
      version,
      host,
      member: id,
      sinceMs: nowMs,
    },
  };
}

/** Id of the incident of the canary members that ejected themselves before, unless one is back. */
function earlierIncident(document: ReleaseDocument): string | undefined {
  const earlier = ejectionOf(document);
  const isEjected = document.members.some(
    ({ id, state }) => id === earlier?.details.member && state === 'ejected',
  );
  return isEjected ? earlier?.incidentId : undefined;
}
