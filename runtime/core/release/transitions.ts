/**
 * All changes of a release document, as pure functions from a document to the next one. Each is
 * idempotent: it returns `unchanged` if there is nothing to do, so that an interrupted command can be
 * repeated. The store sets generation, time and writer.
 */
import { memberPorts } from '../../contract/ports.ts';
import { allocatePort, nothingElsewhere, type AddressesElsewhere } from './port-allocation.ts';
import {
  activeCanaries,
  hasActive,
  maxMembers,
  memberProblem,
  type Affinity,
  type Member,
  type MemberState,
  type ReleaseDocument,
} from './release-document.ts';
import { newCanary } from './new-canary.ts';
import { promotionEnd } from './promotion-end.ts';
import { isScheduled, stepText } from './rollout-plan.ts';
import { weightProblem } from '../routing/weight.ts';

export type ReleaseEventType =
  | 'member-reserved'
  | 'member-activated'
  | 'member-draining'
  | 'member-released'
  | 'member-ejected'
  | 'member-reinstated'
  | 'canary-ejected'
  | 'canary-reinstated'
  | 'weight-set'
  | 'affinity-set'
  | 'rollout-begun'
  | 'rollout-advanced'
  | 'rollout-paused'
  | 'rollout-resumed'
  | 'rollout-promoted'
  | 'rollout-aborted'
  | 'rollout-retried'
  | 'rollout-succeeded';

export type Transition =
  | { kind: 'changed'; event: ReleaseEventType; document: ReleaseDocument }
  | { kind: 'unchanged' }
  | { kind: 'refused'; rule: string };

/** Request for a member's id and port. */
export interface ReservationRequest {
  readonly id: string;
  readonly track: Member['track'];
  readonly version: string;
  readonly host: string;
  /** Address at which proxies reach the host: an IP address or a name. */
  readonly address: string;
}

/**
 * Reserves a member's id and a free port of its host, before its container is created.
 * @param elsewhere members of other services, whose ports are not free either.
 */
export function reserve(
  document: ReleaseDocument,
  request: ReservationRequest,
  elsewhere: AddressesElsewhere = nothingElsewhere,
): Transition {
  const { id, track, version, host, address } = request;
  const known = findMember(document, id);
  if (known !== undefined) {
    const same =
      known.track === track &&
      known.version === version &&
      known.host === host &&
      known.url.startsWith(`http://${address}:`);
    if (same) return { kind: 'unchanged' };
    return refused(
      `member ${id} is already reserved as ${known.track} ${known.version} at ${known.url} on host ${known.host}`,
    );
  }
  if (document.members.length >= maxMembers) {
    return refused(`members must be at most ${maxMembers}, got one more`);
  }
  const port = allocatePort(document, { host, address, elsewhere });
  if (port === undefined) {
    return refused(
      `host ${host} has no free port from ${memberPorts.first} to ${memberPorts.last}`,
    );
  }
  const url = `http://${address}:${port}`;
  const holder = document.members.find((member) => member.url === url);
  if (holder !== undefined) {
    return refused(`address ${url} belongs to member ${holder.id} of host ${holder.host}`);
  }
  const member: Member = { id, track, url, version, host, state: 'reserved' };
  const problem = memberProblem(member);
  if (problem !== undefined) return refused(problem);
  return changed(
    'member-reserved',
    `reserved ${url} for ${track} member ${id}, version ${version}`,
    {
      ...document,
      members: [...document.members, member],
    },
  );
}

/** Sends requests to a reserved or draining member. An ejected one needs {@link reinstate}. */
export function activate(document: ReleaseDocument, id: string): Transition {
  const member = findMember(document, id);
  if (member === undefined) return unknownMember(id);
  if (member.state === 'active') return { kind: 'unchanged' };
  if (member.state === 'ejected') {
    return refused(`member ${id} is ejected (${document.reason}); reinstate it first`);
  }
  const { changes, text = '' } = newCanary(document, member) ?? {};
  return changed('member-activated', `activated ${member.track} member ${id}${text}`, {
    ...withState(document, [member], 'active'),
    ...changes,
  });
}

/**
 * Stops new requests to a member. An ejected one gets none, but its container is about to stop, so
 * nobody may reinstate it any more, nor bring it back with its host. A missing or reserved one has
 * nothing to drain.
 * @param why added to the reason. Default: nothing.
 */
export function drain(document: ReleaseDocument, id: string, why?: string): Transition {
  const member = findMember(document, id);
  if (member === undefined || member.state === 'reserved') return { kind: 'unchanged' };
  if (member.state === 'draining' && member.drainsWithHost === undefined) {
    return { kind: 'unchanged' };
  }
  return changed(
    'member-draining',
    `draining ${member.track} member ${id}${why === undefined ? '' : `: ${why}`}`,
    withState(document, [member], 'draining'),
  );
}

/**
 * Frees a member's id and port, after its container is gone. The last canary member ends a rollout that
 * is promoting.
 */
export function release(document: ReleaseDocument, id: string): Transition {
  const member = findMember(document, id);
  if (member === undefined) return { kind: 'unchanged' };
  if (member.state === 'active') return refused(`member ${id} is active; drain it first`);
  const next = { ...document, members: document.members.filter((other) => other !== member) };
  const reason = `deregistered ${member.track} member ${id}`;
  const end = promotionEnd(next, member);
  if (end === undefined) return changed('member-released', reason, next);
  return changed(`rollout-${end.phase}`, `${reason}${end.text}`, { ...next, phase: end.phase });
}

/** Ejects one member, but never the last active stable one. */
export function eject(document: ReleaseDocument, id: string, reason: string): Transition {
  const member = findMember(document, id);
  if (member === undefined) return unknownMember(id);
  if (member.state === 'ejected') return { kind: 'unchanged' };
  const next = withState(document, [member], 'ejected');
  if (member.track === 'stable' && !hasActive(next, 'stable')) {
    return refused(`member ${id} is the last active stable member and cannot be ejected`);
  }
  return changed('member-ejected', reason, next);
}

/**
 * Ejects the whole canary: sets the weight to 0 and ejects its active members, in one change. A
 * reserved member stays reserved: it has no traffic, and reinstating it would activate a member that
 * was never healthy.
 */
export function ejectCanary(
  document: ReleaseDocument,
  reason: string,
  evidence: ReleaseDocument['evidence'] = null,
): Transition {
  const canaries = activeCanaries(document.members);
  const rolling = ['progressing', 'paused', 'promoting'].includes(document.phase);
  if (canaries.length === 0 && document.weight === 0 && !rolling) return { kind: 'unchanged' };
  const ejected = withState(document, canaries, 'ejected');
  const event = canaries.length === 0 && rolling ? 'rollout-aborted' : 'canary-ejected';
  return changed(event, reason, {
    ...ejected,
    weight: 0,
    phase: rolling ? 'aborted' : document.phase,
    evidence,
  });
}

/** Activates one ejected member, or with `undefined` every ejected canary member. Keeps the weight. */
export function reinstate(
  document: ReleaseDocument,
  id: string | undefined,
  reason: string,
): Transition {
  if (id === undefined) {
    const ejected = document.members.filter(
      ({ track, state }) => track === 'canary' && state === 'ejected',
    );
    if (ejected.length === 0) return { kind: 'unchanged' };
    return changed('canary-reinstated', reason, withState(document, ejected, 'active'));
  }
  const member = findMember(document, id);
  if (member === undefined) return unknownMember(id);
  if (member.state === 'active') return { kind: 'unchanged' };
  if (member.state !== 'ejected') return refused(`member ${id} is ${member.state}, not ejected`);
  return changed('member-reinstated', reason, withState(document, [member], 'active'));
}

/**
 * Sets the canary's share, percent. Above 0 it needs an active canary member. A rollout with steps
 * pauses, so that its next step does not undo what a person set.
 * @param why added to the reason. Default: nothing.
 */
export function setWeight(document: ReleaseDocument, weight: number, why?: string): Transition {
  const problem = weightProblem(weight);
  if (problem !== undefined) return refused(`weight ${problem}`);
  if (weight === document.weight) return { kind: 'unchanged' };
  if (weight > 0 && !hasActive(document, 'canary')) {
    return refused(`weight must be 0 without an active canary member, got ${weight}`);
  }
  const set = `weight set from ${document.weight} to ${weight}`;
  const because = why === undefined ? '' : `: ${why}`;
  if (document.phase !== 'progressing' || !isScheduled(document.plan)) {
    return changed('weight-set', `${set}${because}`, { ...document, weight });
  }
  const reason = `${set}, rollout ${document.rolloutId} paused at ${stepText(document)}${because}`;
  return changed('weight-set', reason, { ...document, weight, phase: 'paused', evidence: null });
}

/** Sets whether a client stays on its track. */
export function setAffinity(document: ReleaseDocument, affinity: Affinity): Transition {
  if (affinity === document.affinity) return { kind: 'unchanged' };
  return changed('affinity-set', `affinity set to ${affinity}`, { ...document, affinity });
}

/**
 * Combines several changes: all of them, or none if one is refused. The last one names the event, whose
 * text says all.
 */
export function inOrder(
  document: ReleaseDocument,
  ...steps: readonly ((document: ReleaseDocument) => Transition)[]
): Transition {
  let result: Transition = { kind: 'unchanged' };
  for (const step of steps) {
    const next = step(result.kind === 'changed' ? result.document : document);
    if (next.kind === 'refused') return next;
    if (next.kind === 'changed') result = result.kind === 'changed' ? both(result, next) : next;
  }
  return result;
}

type Change = Extract<Transition, { kind: 'changed' }>;

function both(first: Change, { event, document }: Change): Change {
  const reason = `${first.document.reason}; ${document.reason}`;
  return { kind: 'changed', event, document: { ...document, reason } };
}

function findMember(document: ReleaseDocument, id: string): Member | undefined {
  return document.members.find((member) => member.id === id);
}

/** Sets the state of the members. A canary without active members loses its share. */
export function withState(
  document: ReleaseDocument,
  members: readonly Member[],
  state: MemberState,
): ReleaseDocument {
  const next = {
    ...document,
    members: document.members.map((member) =>
      members.includes(member) ? inState(member, state) : member,
    ),
  };
  return hasActive(next, 'canary') ? next : { ...next, weight: 0 };
}

function inState({ drainsWithHost: _mark, ...member }: Member, state: MemberState): Member {
  return { ...member, state };
}

export function changed(
  event: ReleaseEventType,
  reason: string,
  next: ReleaseDocument,
): Transition {
  return { kind: 'changed', event, document: { ...next, reason } };
}

export function refused(rule: string): Transition {
  return { kind: 'refused', rule };
}

function unknownMember(id: string): Transition {
  return refused(`member ${id} is not in the release document`);
}
