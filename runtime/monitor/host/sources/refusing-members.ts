import { once } from 'node:events';
import { connect } from 'node:net';
import { unbracketed } from '../../../contract/host-port.ts';
import type { Member } from '../../../core/release/release-document.ts';

const timeoutMs = 300;

/**
 * Members whose port refuses connections. Only a refusal counts, because a timeout may be the
 * network's fault.
 */
export async function refusingMembers(members: readonly Member[]): Promise<Member[]> {
  const refused = await Promise.all(members.map(({ url }) => refuses(new URL(url))));
  return members.filter((_, index) => refused[index]);
}

async function refuses({ hostname, port }: URL): Promise<boolean> {
  const socket = connect({ host: unbracketed(hostname), port: Number(port) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
  } finally {
    socket.on('error', () => {
      // The connection attempt has already given its result.
    });
    socket.destroy();
  }
}
