import { z } from 'zod';
import { hostPort } from '../../runtime/contract/host-port.ts';
import { didYouMean } from '../../runtime/contract/suggest-name.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { labels } from '../../runtime/contract/labels.ts';
import { consoleService } from '../../runtime/contract/names.ts';
import { defaultSshPort, server } from '../config/ssh-access.ts';
import { recover, requireUnlocked } from '../recovery/recovery.ts';
import { exportState, importState, type EditableState } from '../recovery/editable-state.ts';
import {
  controlAddressesOf,
  sshHostsOf,
  isSameAddress,
  moveControl,
  type SshStackHost,
} from '../recovery/control-address.ts';
import { onControl, type ControlAddress } from '../shell/control-shell.ts';
import type { ReplaceOptions } from './host-options.ts';
import { deregisterHost, deregisterIds } from './deregistration.ts';
import { keptDocument } from './kept-document.ts';
import { documentOfState, withoutMembersOf, type LostDocument } from './lost-document.ts';
import { carriesRedis, removeHost, type HostRemoval } from './remove-host.ts';
import { healthOf, type Health } from './host-health.ts';
import { keepBackup, withoutRelease } from './kept-backup.ts';
import { hostProblem, type StackAccess } from './stack-access.ts';

const serversSchema = z.array(
  z.object({ ...server.shape, port: z.coerce.number().default(defaultSshPort) }),
);

const verifySeconds = 90;

/** A host that is about to be replaced, and what is known of it before anything is changed. */
interface Plan {
  readonly state: EditableState;
  /** Address of the old machine; undefined if an interrupted replacement has removed it already. */
  readonly old: ControlAddress | undefined;
  readonly health: Health;
  /** True if the new machine is the old one, set up anew. */
  readonly isSameMachine: boolean;
  /** Other hosts where `perch` may run. */
  readonly controls: readonly ControlAddress[];
  readonly losesRedis: boolean;
  /** Other hosts that do not answer: they stay as they are until their turn. */
  readonly lost: readonly string[];
}

/** Replacement of one host of a stack. If it fails, it may be repeated. */
export class Replacement {
  readonly #access: StackAccess;
  readonly #options: ReplaceOptions;

  constructor(access: StackAccess, options: ReplaceOptions) {
    this.#access = access;
    this.#options = options;
  }

  /**
   * Puts a new host in the place of the old one.
   * @throws PerchError `bad_input` or `conflict` if nothing was changed; `process_failed` otherwise.
   */
  async run(): Promise<void> {
    const { host } = this.#options;
    const plan = await this.#plan();
    const { say } = this.#access;
    if (plan.health === 'healthy') await this.#drain(plan);
    const backup = plan.losesRedis ? await keepBackup(this.#access, reachable(plan)) : undefined;
    const console = await this.#access.ofConsole();
    const lost = plan.losesRedis ? await this.#lostDocument(plan) : undefined;
    const lostConsole = plan.losesRedis ? await this.#lostDocumentOf(console, plan) : undefined;
    const living = plan.losesRedis ? undefined : await this.#access.living(plan.controls);
    if (plan.health === 'healthy' && plan.isSameMachine) await this.#clear(plan);
    const removal = await this.#removeFromState(plan, living);
    if (plan.health !== 'healthy') await this.#access.forgetGone(removal.machines);
    if (lost !== undefined) {
      const next = await this.#restore(lost, removal, { plan, backup });
      if (lostConsole !== undefined) await console?.restore(next, lostConsole);
    } else if (living !== undefined) {
      await deregisterHost(this.#access, [living], host);
      if (console !== undefined) await deregisterHost(console, [living], host);
    }
    await recover(this.#access.stack, { breakLock: false, say });
    say(`making the new host ${host} and everything on it`);
    await this.#access.up(plan.lost);
    const controls = await this.#access.controls(await exportState(this.#access.stack.name));
    if (lost === undefined && living === undefined) {
      await deregisterIds(this.#access, controls, removal.memberIds);
      if (console !== undefined) await deregisterIds(console, controls, removal.consoleMemberIds);
    }
    if (plan.health === 'healthy' && !plan.isSameMachine && removal.machines.length === 0) {
      await this.#clear(plan);
    }
    await this.#access.untilNoProblem(
      async () => hostProblem(await this.#access.status(controls), host, removal.memberIds.length),
      verifySeconds,
    );
    say(`host ${host} is replaced: its members are active and its monitor reports`);
    if (plan.losesRedis && backup === undefined) {
      say(
        'flags, incidents and history were lost with Redis: restore them from a backup, or set the flags again',
      );
    }
  }

  async #plan(): Promise<Plan> {
    const { host, drain, loseRedis } = this.#options;
    const { stack, say } = this.#access;
    const state = await exportState(stack.name);
    const hosts = sshHostsOf(state);
    const known = hosts.find(({ name }) => name === host);
    if (known === undefined) {
      const names = hosts.map(({ name }) => name);
      const list = names.length === 0 ? '; it reaches no host by ssh' : didYouMean(host, names);
      throw new PerchError('bad_input', `stack ${stack.name} has no host ${host}${list}`);
    }
    await requireUnlocked(stack, { breakLock: false, say });
    const old = known.address;
    const health = old === undefined ? 'silent' : await healthOf(old);
    if (health === 'healthy' && !drain) {
      const text = `host ${host} is healthy; --drain drains its members and replaces it all the same`;
      throw new PerchError('conflict', text);
    }
    const losesRedis = carriesRedis(state, host);
    if (losesRedis && !loseRedis) {
      const text =
        `host ${host} carries Redis: its flags, incidents and history would be lost for good; ` +
        'if a restart of the machine does not help, add --lose-redis';
      throw new PerchError('conflict', text);
    }
    const isSameMachine = await this.#checkServer(old, health);
    const controls = await this.#access.controls(state, host);
    const lost = await this.#lostBeside(hosts);
    return { state, old, health, isSameMachine, controls, losesRedis, lost };
  }

  /** The stack's other hosts that do not answer, each said. */
  async #lostBeside(hosts: readonly SshStackHost[]): Promise<string[]> {
    const others = hosts.filter(({ name }) => name !== this.#options.host);
    const answers = await Promise.all(
      others.map(async ({ name, address }) => {
        const health = address === undefined ? 'silent' : await healthOf(address);
        return health === 'silent' ? [name] : [];
      }),
    );
    const lost = answers.flat();
    for (const name of lost) {
      this.#access.say(`host ${name} does not answer either, and stays as it is: replace it next`);
    }
    return lost;
  }

  /**
   * Checks that target server has a machine for the host.
   * @returns true if it is the old one.
   */
  async #checkServer(old: ControlAddress | undefined, health: Health): Promise<boolean> {
    const { host } = this.#options;
    if ((await this.#access.setting('target')) !== 'server') return false;
    const servers = serversSchema.parse(
      JSON.parse((await this.#access.setting('servers')) ?? '[]'),
    );
    const machine = servers.find(({ name }) => name === host);
    const remedy = `put the address, privateAddress and hostKey of the new machine there as ${host}`;
    if (machine === undefined) {
      throw new PerchError('bad_input', `perch:servers names no machine ${host}; ${remedy}`);
    }
    const privateKey = (await this.#access.setting('sshPrivateKey')) ?? '';
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

  async #drain({ old, controls }: Plan): Promise<void> {
    const { host } = this.#options;
    const all = old === undefined ? controls : [...controls, old];
    const { release } = await this.#access.status(all);
    if (release?.members.some((member) => member.host === host) !== true) return;
    this.#access.say(`draining the members of host ${host}`);
    await this.#access.perch(all, 'host', 'drain', host, '--json');
  }

  /** The release document as the proxies keep it, or else as the stack's state knows it. */
  async #lostDocument(plan: Plan): Promise<LostDocument> {
    const { host } = this.#options;
    const { state } = plan;
    const service = await this.#access.service();
    const kept = await keptDocument(reachable(plan), { service, edgeService: service });
    const generation = await this.#access.generation();
    const document = kept ?? documentOfState(state, service, generation);
    const source = kept === undefined ? "the stack's state" : "a proxy's last good one";
    this.#access.say(
      `the release document comes from ${source}, generation ${document.generation}`,
    );
    return withoutMembersOf(document, host);
  }

  /**
   * The release document of the console as the proxies keep it. Undefined: there is no console, or no
   * proxy has known it.
   */
  async #lostDocumentOf(
    console: StackAccess | undefined,
    plan: Plan,
  ): Promise<LostDocument | undefined> {
    if (console === undefined) return undefined;
    const edgeService = await this.#access.service();
    const service = await console.service();
    const kept = await keptDocument(reachable(plan), { service, edgeService });
    return kept && withoutMembersOf(kept, this.#options.host);
  }

  async #removeFromState(plan: Plan, living: ControlAddress | undefined): Promise<HostRemoval> {
    const { host } = this.#options;
    const { say, stack } = this.#access;
    const removal = removeHost(plan.state, host);
    const moves = controlAddressesOf(removal.state).some(
      (address) => plan.old !== undefined && isSameAddress(address, plan.old),
    );
    const state =
      moves && living !== undefined && plan.old !== undefined
        ? moveControl(removal.state, plan.old, living)
        : removal.state;
    await importState(stack.name, state);
    say(`removed from the stack what was on host ${host}: ${removal.removed.length} resources`);
    return removal;
  }

  /**
   * Makes the host and its Redis, and stores the release document before any member needs it.
   * @returns the address of the new host.
   */
  async #restore(
    document: LostDocument,
    removal: HostRemoval,
    { plan, backup }: { readonly plan: Plan; readonly backup: string | undefined },
  ): Promise<ControlAddress> {
    const { host } = this.#options;
    const { say, stack } = this.#access;
    say(`making the new host ${host}, its Redis and its monitor`);
    await this.#access.upOnly(removal.foundation, removal.state, plan.lost);
    const made = await exportState(stack.name);
    const next = sshHostsOf(made).find(({ name }) => name === host)?.address;
    if (next === undefined) throw new PerchError('process_failed', `host ${host} was not made`);
    if (plan.old !== undefined) {
      await importState(stack.name, moveControl(made, plan.old, next));
    }
    await this.#access.restore(next, document);
    say(`restored the release document with ${document.members.length} members of other hosts`);
    if (backup === undefined) return next;
    const rest = withoutRelease(backup);
    await this.#access.perchWithInput(next, ['restore', '--backup', '-', '--json'], rest);
    say('restored flags, incidents and history of the old Redis');
    return next;
  }

  /** Removes the service's containers from the old machine, which is still there. */
  async #clear({ old }: Plan): Promise<void> {
    if (old === undefined) return;
    const service = await this.#access.service();
    const lists = [service, consoleService(service)].map(
      (name) => `docker ps --all --quiet --filter label=${labels.service}=${name}`,
    );
    this.#access.say(`removing the containers on the old machine ${old.host}`);
    await onControl(old, `{ ${lists.join('; ')}; } | xargs -r docker rm --force --volumes`);
  }
}

/** Hosts that may answer before anything is changed. */
function reachable({ controls, old, health }: Plan): readonly ControlAddress[] {
  return health === 'healthy' && old !== undefined ? [...controls, old] : controls;
}
