import { didYouMean } from '../../runtime/contract/suggest-name.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { labels } from '../../runtime/contract/labels.ts';
import { consoleService } from '../../runtime/contract/names.ts';
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
import {
  deregisterById,
  deregisterGuests,
  knownGuests,
  lostServices,
  offeredHost,
  restoreLost,
  sayGuests,
  undrainLost,
  type LostService,
} from './guests.ts';
import { keptDocument } from './kept-document.ts';
import { documentOfState, withoutMembersOf, type LostDocument } from './lost-document.ts';
import { carriesRedis, removeHost, type HostRemoval } from './remove-host.ts';
import { healthOf, type Health } from './host-health.ts';
import { keepBackup } from './kept-backup.ts';
import { isOldMachine, type OldMachine } from './new-machine.ts';
import { registerAgain, restoreUnknown } from './forgotten-guest.ts';
import { hostProblem, type StackAccess } from './stack-access.ts';

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
  /** Service of the stack, if its hosts are those of another stack. */
  readonly guest: string | undefined;
  /** True if what other services have on the host goes on running. */
  readonly keepsGuests: boolean;
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
    const { host, drain } = this.#options;
    if ((await registerAgain(this.#access, host)) && !drain) return;
    const plan = await this.#plan();
    const { say } = this.#access;
    if (plan.health === 'healthy') await this.#drain(plan);
    const reached = reachable(plan);
    const backup = plan.losesRedis ? await keepBackup(this.#access, reached) : undefined;
    const console = await this.#access.ofConsole();
    const lost = plan.losesRedis ? await this.#lostDocument(plan) : undefined;
    const backs = backup !== undefined;
    const { keepsGuests } = plan;
    const others =
      lost && (await lostServices(this.#access, reached, { host, console, keepsGuests, backs }));
    const living = plan.losesRedis ? undefined : await this.#access.living(plan.controls);
    let guests = await knownGuests(this.#access, reached);
    if (plan.health === 'healthy' && plan.isSameMachine) await this.#clear(plan);
    const removal = await this.#removeFromState(plan, living);
    if (plan.health !== 'healthy') await this.#access.forgetGone(removal.machines);
    if (lost !== undefined) {
      const next = await this.#restore(
        { access: this.#access, document: lost.document, backup },
        removal,
        plan,
      );
      for (const other of others ?? []) await restoreLost(other, next);
    } else if (living !== undefined && plan.guest !== undefined) {
      await restoreUnknown(this.#access, plan.state, [living], host);
      await deregisterById(this.#access, [living], host);
    } else if (living !== undefined) {
      await deregisterHost(this.#access, [living], host);
      if (console !== undefined) await deregisterHost(console, [living], host);
      if (!keepsGuests) await deregisterGuests(this.#access, [living], { host, guests });
    }
    await recover(this.#access.stack, { breakLock: false, say });
    say(`making the new host ${host} and everything on it`);
    await this.#access.up(plan.lost);
    const controls = await this.#access.controls(await exportState(this.#access.stack.name));
    if (lost === undefined && living === undefined) {
      await deregisterIds(this.#access, controls, removal.memberIds);
      if (console !== undefined) await deregisterIds(console, controls, removal.consoleMemberIds);
      guests = await this.#access.guests(controls);
      for (const { service } of guests) {
        await deregisterById(this.#access.ofService(service), controls, host);
      }
    }
    if (plan.health === 'healthy' && !plan.isSameMachine && removal.machines.length === 0) {
      await this.#clear(plan);
    }
    await this.#access.untilNoProblem(
      async () => hostProblem(await this.#access.status(controls), host, removal.memberIds.length),
      verifySeconds,
    );
    if (keepsGuests && guests.length > 0) {
      await this.#access.perch(controls, 'host', 'undrain', host, '--json');
      await undrainLost(others ?? [], controls, host);
    }
    say(`host ${host} is replaced: its members are active and its monitor reports`);
    if (plan.losesRedis && backup === undefined) {
      say(
        'flags, incidents and history were lost with Redis: restore them from a backup, or set the flags again',
      );
    }
    const machineRuns = plan.health === 'healthy' && removal.machines.length === 0;
    const elsewhere = machineRuns ? 'on an old machine' : 'gone';
    const containers = keepsGuests ? 'here' : elsewhere;
    if (keepsGuests && !plan.losesRedis) return;
    const isComplete = lost?.isKept === true;
    await sayGuests(this.#access, host, { guests, lost: others, isComplete, containers });
  }

  async #plan(): Promise<Plan> {
    const { host, drain, loseRedis } = this.#options;
    const { stack, say } = this.#access;
    const state = await exportState(stack.name);
    const isDocker = (await this.#access.setting('target')) === 'docker';
    const hosts = isDocker ? [] : sshHostsOf(state);
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
    const machine: OldMachine = { host, address: old, health };
    const hostStack = (await this.#access.setting('hostStack')) ?? '';
    const next = hostStack === '' ? undefined : await offeredHost(this.#access, hostStack, machine);
    const isSameMachine =
      next === undefined
        ? await isOldMachine(this.#access, machine)
        : old !== undefined && isSameAddress(old, next);
    const others = await this.#access.controls(state, host);
    const controls = next === undefined || isSameMachine ? others : [...others, next];
    const lost = await this.#lostBeside(hosts);
    const guest = next === undefined ? undefined : await this.#access.service();
    const keepsGuests = guest !== undefined || (isSameMachine && health === 'healthy');
    const hostState = { state, old, health, isSameMachine };
    return { ...hostState, controls, losesRedis, lost, guest, keepsGuests };
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

  async #drain({ old, controls }: Plan): Promise<void> {
    const { host } = this.#options;
    const all = old === undefined ? controls : [...controls, old];
    const guests = await this.#access.guests(all);
    const services = [
      this.#access,
      ...guests.map(({ service }) => this.#access.ofService(service)),
    ];
    const statuses = await Promise.all(services.map((one) => one.status(all)));
    const members = statuses.flatMap(({ release }) => release?.members ?? []);
    if (!members.some((member) => member.host === host)) return;
    this.#access.say(`draining the members of host ${host}`);
    const accepted = this.#options.acceptOutage ? ['--accept-outage'] : [];
    await this.#access.perch(all, 'host', 'drain', host, ...accepted, '--json');
  }

  /** The release document as the proxies keep it, or else as the stack's state knows it. */
  async #lostDocument(
    plan: Plan,
  ): Promise<{ readonly document: LostDocument; readonly isKept: boolean }> {
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
    return { document: withoutMembersOf(document, host), isKept: kept !== undefined };
  }

  async #removeFromState(plan: Plan, living: ControlAddress | undefined): Promise<HostRemoval> {
    const { host } = this.#options;
    const { say, stack } = this.#access;
    const removal = removeHost(plan.state, host, plan.guest);
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
  async #restore(lost: LostService, removal: HostRemoval, plan: Plan): Promise<ControlAddress> {
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
    await restoreLost(lost, next);
    say(
      `restored the release document with ${lost.document.members.length} members of other hosts`,
    );
    if (lost.backup !== undefined) say('restored flags, incidents and history of the old Redis');
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
