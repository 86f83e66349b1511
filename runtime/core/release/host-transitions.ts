/**
 * Changes of all members of one host at once, before the host is changed or after it died. Like those
 * of transitions.ts they are pure and can be repeated.
 */
import { hasActive, type Member, type ReleaseDocument } from './release-document.ts';
import { activate, drain, inOrder, release, type Transition } from './transitions.ts';

/**
 * Stops new requests to every member of a host, before the host is changed. It leaves no track without
 * a member that it needs: clients would get errors, or the canary would lose its share for good.
 */
export function drainHost(document: ReleaseDocument, host: string): Transition {
  const ids = idsOf(document, host, 'active');
  const next = inOrder(document, ...ids.map((id) => (now: ReleaseDocument) => drain(now, id)));
  if (next.kind !== 'changed') return next;
  if (hasActive(document, 'stable') && !hasActive(next.document, 'stable')) {
    return refused(`host ${host} has the last active stable members; clients would get errors`);
  }
  if (document.weight > 0 && next.document.weight === 0) {
    return refused(
      `host ${host} has the last active canary members, which get ${document.weight}% of the ` +
        'traffic; set the weight to 0 first, because draining them would lose it',
    );
  }
  const members = next.document.members.map((member) =>
    ids.includes(member.id) ? { ...member, drainsWithHost: true as const } : member,
  );
  const marked = { ...next, document: { ...next.document, members } };
  return because(marked, `draining ${listed(ids)} of host ${host}`);
}

/**
 * Sends requests again to the members that {@link drainHost} drained. Those that a release drains
 * stay: their containers are about to stop.
 * @param only ids of the members. Default: every such member of the host.
 */
export function undrainHost(
  document: ReleaseDocument,
  host: string,
  only?: readonly string[],
): Transition {
  const ids = document.members
    .filter((member) => member.host === host && member.drainsWithHost === true)
    .map(({ id }) => id)
    .filter((id) => only?.includes(id) ?? true);
  const next = inOrder(document, ...ids.map((id) => (now: ReleaseDocument) => activate(now, id)));
  return because(next, `activated ${listed(ids)} of host ${host} again`);
}

/** Frees the ids and ports of all members of a host that is gone, in any state. */
export function deregisterHost(document: ReleaseDocument, host: string): Transition {
  const ids = idsOf(document, host);
  const next = inOrder(
    document,
    ...ids.flatMap((id) => [
      (now: ReleaseDocument) => drain(now, id),
      (now: ReleaseDocument) => release(now, id),
    ]),
  );
  return because(next, `deregistered ${listed(ids)} of host ${host}`);
}

/** Hosts of the release's members, sorted. */
export function hostsOf({ members }: Pick<ReleaseDocument, 'members'>): string[] {
  return [...new Set(members.map(({ host }) => host))].sort();
}

/** Ids of a host's members. */
function idsOf({ members }: ReleaseDocument, host: string, state?: Member['state']): string[] {
  return members
    .filter((member) => member.host === host && (state === undefined || member.state === state))
    .map(({ id }) => id);
}

function because(transition: Transition, reason: string): Transition {
  if (transition.kind !== 'changed') return transition;
  return { ...transition, document: { ...transition.document, reason } };
}

function refused(rule: string): Transition {
  return { kind: 'refused', rule };
}

function listed(ids: readonly string[]): string {
  return `${ids.length === 1 ? 'member' : 'members'} ${ids.join(', ')}`;
}
