import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { unbracketed } from '../contract/host-port.ts';
import { PerchError } from '../contract/perch-error.ts';
import type { Member, ReleaseDocument } from '../core/release/release-document.ts';
import { release, type ReservationRequest } from '../core/release/transitions.ts';
import { isRunByDeployment } from './absence.ts';
import { printHint } from './diagnostics.ts';
import { applied, change, type Session } from './session.ts';

/** Time in which a program on a host's network accepts a connection, milliseconds. */
const answersWithinMs = 500;
/** Ports that are tried before something else must be wrong. */
const mostTried = 20;

/**
 * Reserves a member's id and a port of its host on which no program listens. Docker could not publish a
 * port that a program holds, and the next update would find the same reservation. Only a deployment asks
 * the host: it is about to make the container.
 * @throws PerchError `conflict` with the ports if programs hold all that were tried; as the store.
 */
export async function reserveFree(session: Session, request: ReservationRequest): Promise<Member> {
  const held: string[] = [];
  while (held.length < mostTried) {
    const { changed, document } = applied(await session.releases.reserve(request));
    const member = requireMember(document, request.id);
    // The container of a reservation that was there before may hold its port itself.
    if (!changed || !isRunByDeployment() || !(await isHeld(member.url))) return member;
    const { port } = new URL(member.url);
    held.push(port);
    printHint(
      `port ${port} of host ${request.host} is held by a program that is not Perch's; member ${request.id} gets another one`,
    );
    // The next reservation begins one port further.
    await change(session, (now) => release(now, request.id));
  }
  throw new PerchError(
    'conflict',
    `programs that are not Perch's hold ports ${held.join(', ')} of host ${request.host}, at ${request.address}: free them, and update again`,
  );
}

/** True if a program accepts connections at the address of a URL. */
async function isHeld(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: unbracketed(hostname), port: Number(port) });
  const ended = new AbortController();
  try {
    return await Promise.race([
      once(socket, 'connect').then(() => true),
      delay(answersWithinMs, false, { signal: ended.signal }),
    ]);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  } finally {
    ended.abort();
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

function requireMember(document: ReleaseDocument, id: string): Member {
  const member = document.members.find((candidate) => candidate.id === id);
  if (member !== undefined) return member;
  throw new PerchError('conflict', `member ${id} was deregistered during its reservation`);
}
