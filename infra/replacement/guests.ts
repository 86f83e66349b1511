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

/**
 * Release document of another service of the stack's hosts, as the proxies keep it; undefined: none does.
 * @param gone host whose members are lost.
 */
async function keptOf(
  access: StackAccess,
  hosts: readonly ControlAddress[],
  gone: string | undefined,
): Promise<LostDocument | undefined> {
  const edgeService = await access.edgeService();
  const kept = await keptDocument(hosts, { service: await access.service(), edgeService });
  return kept === undefined || gone === undefined ? kept : withoutMembersOf(kept, gone);
}

/**
 * Reads what is left of the console and the guests.
 * @param options.console undefined: the stack shows none.
 * @param options.keepsGuests true if the guests' members on the host run on.
 * @param options.backs true if the old Redis still answers, so that backups can be taken.
 */
export async function lostServices(
  access: StackAccess,
  hosts: readonly ControlAddress[],
  options: {
    readonly host: string;
    readonly console: StackAccess | undefined;
    readonly keepsGuests: boolean;
    readonly backs: boolean;
  },
): Promise<LostService[]> {
  const { host, console, keepsGuests, backs } = options;
  const own = await access.service();
  const ofConsole = console && (await keptOf(console, hosts, host));
  const lost: LostService[] =
    console === undefined || ofConsole === undefined
      ? []
      : [{ access: console, document: ofConsole, backup: undefined }];
  const names = await keptServices(hosts, own);
  for (const service of names.filter((name) => name !== own && name !== consoleService(own))) {
    const ofGuest = access.ofService(service);
    const document = await keptOf(ofGuest, hosts, keepsGuests ? undefined : host);
    if (document === undefined) continue;
    const backup = backs ? await keepBackup(ofGuest, hosts) : undefined;
    lost.push({ access: ofGuest, document, backup });
  }
  return lost;
}

/** Undrains the members on a host of services whose Redis was lost: the new one has them not registered. */
export async function undrainLost(
  lost: readonly LostService[],
  controls: readonly ControlAddress[],
  host: string,
): Promise<void> {
  for (const { access, document } of lost) {
    if (!document.members.some((member) => member.host === host)) continue;
    await access.perch(controls, 'host', 'undrain', host, '--json');
  }
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

/** Guests of a host, as far as they are known, and the fate of their containers. */
export interface ReplacedGuests {
  /** Those that a monitor named before. */
  readonly guests: readonly Guest[];
  /** Services of which proxies kept a release; undefined: Redis is not lost. */
  readonly lost: readonly LostService[] | undefined;
  /** True if proxies kept releases, and so name each guest. */
  readonly isComplete: boolean;
  /** Containers of guests on the host: they run on, or are on the old machine, which may still run. */
  readonly containers: 'here' | 'on an old machine' | 'gone';
}

/** Says what guests have to do once a host is replaced. */
export async function sayGuests(
  access: StackAccess,
  host: string,
  { guests, lost, isComplete, containers }: ReplacedGuests,
): Promise<void> {
  const console = consoleService(await access.service());
  const kept = await Promise.all((lost ?? []).map((one) => one.access.service()));
  const owned = guests.map(({ service, owner }) =>
    owner === undefined ? service : `${service} (stack ${owner})`,
  );
  const names = owned.length > 0 ? owned : kept.filter((name) => name !== console);
  const drain = containers === 'on an old machine' ? ' --drain' : '';
  const command = `npx perch host replace ${host} --stack STACK${drain}`;
  const where = `run this in the project of each, for its canary stack too: ${command}`;
  if (names.length === 0) {
    if (lost === undefined || isComplete) return;
    access.say(`no proxy could name guests of the hosts; if there are any, ${where}`);
    return;
  }
  const list = names.join(', ');
  if (lost !== undefined) {
    access.say(
      `the new Redis has no user and no route of the guests ${list}: until they are registered ` +
        'again, their members read no flags, and an update alone does not do it',
    );
  }
  if (containers === 'here') {
    access.say(`to register them, run this in the project of each: ${command}`);
    return;
  }
  access.say(`nothing of the guests ${list} is on the new host yet; ${where}`);
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
  const next = await offeredAddress(access, hostStack, host);
  const isSame = old !== undefined && isSameAddress(old, next);
  if ((isSame ? health : await healthOf(next)) === 'silent') {
    const text = `host ${host} of ${hostStack} does not answer; replace it in that stack first`;
    throw new PerchError('bad_input', text);
  }
  return next;
}

/**
 * Returns the address of a host that the host stack of a guest offers.
 * @throws PerchError `bad_input` if it offers no such host by ssh.
 */
export async function offeredAddress(
  access: StackAccess,
  hostStack: string,
  host: string,
): Promise<ControlAddress> {
  const outputs = await access.stack.workspace.stackOutputs(hostStack);
  const offered = outputSchema.safeParse(outputs['hostConnection']);
  const found = offered.data?.value.hosts.find(({ name }) => name === host)?.ssh;
  if (found === undefined) {
    throw new PerchError('bad_input', `${hostStack} offers no host ${host} by ssh`);
  }
  return { ...found, privateKey: (await access.setting('sshPrivateKey')) ?? '' };
}
