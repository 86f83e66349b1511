import { z } from 'zod';
import { hostPort } from '../../runtime/contract/host-port.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { defaultSshPort, server } from '../config/ssh-access.ts';
import { isSameAddress } from '../recovery/control-address.ts';
import type { ControlAddress } from '../shell/control-shell.ts';
import { healthOf, type Health } from './host-health.ts';
import type { StackAccess } from './stack-access.ts';

const serversSchema = z.array(
  z.object({ ...server.shape, port: z.coerce.number().default(defaultSshPort) }),
);

/** Machine of a host that is replaced. */
export interface OldMachine {
  readonly host: string;
  /** Undefined if an interrupted replacement has removed it already. */
  readonly address: ControlAddress | undefined;
  readonly health: Health;
}

/**
 * Checks that target server has a machine for the host.
 * @returns true if it is the old one.
 * @throws PerchError `bad_input` with what the configuration must name.
 */
export async function isOldMachine(
  access: StackAccess,
  { host, address: old, health }: OldMachine,
): Promise<boolean> {
  if ((await access.setting('target')) !== 'server') return false;
  const servers = serversSchema.parse(JSON.parse((await access.setting('servers')) ?? '[]'));
  const machine = servers.find(({ name }) => name === host);
  const remedy = `put the address, privateAddress and hostKey of the new machine there as ${host}`;
  if (machine === undefined) {
    throw new PerchError('bad_input', `perch:servers names no machine ${host}; ${remedy}`);
  }
  const privateKey = (await access.setting('sshPrivateKey')) ?? '';
  const { address, user, hostKey, port } = machine;
  const next = { host: address, port, user, hostKey, privateKey };
  const isSameMachine = old !== undefined && isSameAddress(old, next);
  if (isSameMachine && health === 'silent') {
    const text = `host ${host} does not answer, and perch:servers still names the old machine; ${remedy}`;
    throw new PerchError('bad_input', text);
  }
  if (!isSameMachine && (await healthOf(next)) === 'silent') {
    const text = `the new machine of host ${host}, ${user}@${hostPort(address, port)}, must accept sshPrivateKey and show its hostKey`;
    throw new PerchError('bad_input', text);
  }
  return isSameMachine;
}
