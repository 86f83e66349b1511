/** Guests of a host that is replaced, and the replacement of a host in a guest's own stack. */
import { z } from 'zod';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { consoleService } from '../../runtime/contract/names.ts';
import { hostConnectionSchema } from '../config/host-connection.ts';
import { isSameAddress } from '../recovery/control-address.ts';
import type { ControlAddress } from '../shell/control-shell.ts';
import { deregisterHost, deregisterIds } from './deregistration.ts';
import { healthOf } from './host-health.ts';
import { keepBackup, withoutRelease } from './kept-backup.ts';
import { keptDocument, keptServices } from './kept-document.ts';
import { withoutMembersOf, type LostDocument } from './lost-document.ts';
import type { OldMachine } from './new-machine.ts';
import type { Guest, StackAccess } from './stack-access.ts';

/** Guests of the stack's hosts; none if no monitor can say so, as after Redis is lost. */
export async function knownGuests(
  access: StackAccess,
  controls: readonly ControlAddress[],
): Promise<Guest[]> {
  if (controls.length === 0) return [];
  try {
    return await access.guests(controls);
  } catch (error) {
    if (error instanceof PerchError) return [];
    throw error;
  }
}

/** Frees the ids and ports that guests have on a host which is gone. */
export async function deregisterGuests(
  access: StackAccess,
  controls: readonly ControlAddress[],
  { host, guests }: { readonly host: string; readonly guests: readonly Guest[] },
): Promise<void> {
  for (const { service } of guests) {
    await deregisterHost(access.ofService(service), controls, host);
  }
}

/** Frees the ids and ports of a service's members on a host that answers again, one by one. */
export async function deregisterById(
  access: StackAccess,
  controls: readonly ControlAddress[],
  host: string,
): Promise<void> {
  const { release } = await access.status(controls);
  const own = release?.members.filter((member) => member.host === host) ?? [];
  const ids = own.map(({ id }) => id);
  await deregisterIds(access, controls, ids);
}

/** A service whose Redis is lost, and what is left of it. */
export interface LostService {
  readonly access: StackAccess;
  /** Release document. */
  readonly document: LostDocument;
  /** Backup of the old Redis, secret. Undefined: none could be taken. */
  readonly backup: string | undefined;
}

/** Release document of another service of the stack's hosts, as the proxies keep it; undefined: none does. */
export async function keptOf(
  access: StackAccess,
  hosts: readonly ControlAddress[],
  host: string,
): Promise<LostDocument | undefined> {
  const edgeService = await access.edgeService();
  const kept = await keptDocument(hosts, { service: await access.service(), edgeService });
  return kept && withoutMembersOf(kept, host);
}

/**
 * Reads what is left of guests.
 * @param options.backs true if the old Redis still answers, so that backups can be taken.
 */
export async function lostGuests(
  access: StackAccess,
  hosts: readonly ControlAddress[],
  options: { readonly host: string; readonly backs: boolean },
): Promise<LostService[]> {
  const { host, backs } = options;
  const own = await access.service();
  const names = await keptServices(hosts, own);
  const lost: LostService[] = [];
  for (const service of names.filter((name) => name !== own && name !== consoleService(own))) {
    const ofGuest = access.ofService(service);
    const document = await keptOf(ofGuest, hosts, host);
    if (document === undefined) continue;
    const backup = backs ? await keepBackup(ofGuest, hosts) : undefined;
    lost.push({ access: ofGuest, document, backup });
  }
  return lost;
}

/** Stores again what is left of a service, in the Redis of one host. */
export async function restoreLost(
  { access, document, backup }: LostService,
  control: ControlAddress,
): Promise<void> {
  await access.restore(control, document);
  if (backup === undefined) return;
  const words = ['restore', '--backup', '-', '--json'];
  await access.perchWithInput(control, words, withoutRelease(backup));
}

/**
 * Says what guests have to do once a host is replaced.
 * @param known.guests those that a monitor named before; none if their Redis was lost.
 * @param known.lost services of which proxies kept a release.
 */
export async function sayGuests(
  access: StackAccess,
  host: string,
  known: { readonly guests: readonly Guest[]; readonly lost: readonly LostService[] },
): Promise<void> {
  const console = consoleService(await access.service());
  const lost = await Promise.all(known.lost.map((one) => one.access.service()));
  const owned = known.guests.map(({ service, owner }) =>
    owner === undefined ? service : `${service} (stack ${owner})`,
  );
  const names = owned.length > 0 ? owned : lost.filter((name) => name !== console);
  if (names.length === 0) return;
  access.say(
    `nothing of the guests ${names.join(', ')} is on the new host yet; run this in the project of each, ` +
      `for its canary stack too: npx perch host replace ${host} --stack STACK`,
  );
}

const outputSchema = z.object({ value: hostConnectionSchema });

/**
 * Checks that the host stack of a guest has replaced the host, or has it still.
 * @returns the address of the host that it offers now.
 * @throws PerchError `bad_input` with what has to be done first.
 */
export async function offeredHost(
  access: StackAccess,
  hostStack: string,
  { host, address: old, health }: OldMachine,
): Promise<ControlAddress> {
  const outputs = await access.stack.workspace.stackOutputs(hostStack);
  const offered = outputSchema.safeParse(outputs['hostConnection']);
  const found = offered.data?.value.hosts.find(({ name }) => name === host)?.ssh;
  if (found === undefined) {
    throw new PerchError('bad_input', `${hostStack} offers no host ${host} by ssh`);
  }
  const next = { ...found, privateKey: (await access.setting('sshPrivateKey')) ?? '' };
  const isSame = old !== undefined && isSameAddress(old, next);
  if ((isSame ? health : await healthOf(next)) === 'silent') {
    const text = `host ${host} of ${hostStack} does not answer; replace it in that stack first`;
    throw new PerchError('bad_input', text);
  }
  return next;
}
