import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { z } from 'zod';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { errorMessage } from '../../runtime/contract/error-message.ts';
import { consoleService } from '../../runtime/contract/names.ts';
import { lostHostsVariable } from '../config/lost-hosts.ts';
import { controlsOf, monitoredIn } from '../config/prod-connection.ts';
import { pulumiFailure } from '../deploy/failure.ts';
import { withValues, type ConfigFile } from '../deploy/config-values.ts';
import { lastGoodOf, valuesOf } from '../deploy/last-good.ts';
import { sshHostsOf, isSameAddress } from '../recovery/control-address.ts';
import { exportState, type EditableState } from '../recovery/editable-state.ts';
import type { LostDocument } from './lost-document.ts';
import { urnsOnHost } from './remove-host.ts';
import {
  livingControl,
  onAnyControl,
  onControl,
  type ControlAddress,
} from '../shell/control-shell.ts';
import { inMonitor, inMonitorWithInput, type Monitored } from '../shell/in-monitor.ts';
import { stackConfiguration } from '../recovery/stack-configuration.ts';

const statusSchema = z.object({
  release: z
    .object({
      members: z.array(
        z.object({
          id: z.string(),
          track: z.string(),
          host: z.string(),
          state: z.string(),
          /** True if it was drained to change its host. */
          drainsWithHost: z.boolean().default(false),
        }),
      ),
    })
    .nullable(),
  /** Absent in what a monitor of release 0.2 prints. */
  silentHosts: z.array(z.string()).default([]),
});

export type HostStatus = z.infer<typeof statusSchema>;

const servicesSchema = z.object({
  services: z.array(z.object({ service: z.string(), owner: z.string().nullish() })),
});

/** Service of another stack that uses the hosts of this one. */
export interface Guest {
  readonly service: string;
  /** Full name of its stack; undefined: it has not named itself. */
  readonly owner: string | undefined;
}

const show = (text: string) => process.stdout.write(text);
const checkEveryMs = 2_000;

/** A stack whose hosts are changed: its configuration, its `perch` commands and its updates. */
export class StackAccess {
  readonly stack: Stack;
  readonly say: (line: string) => void;
  /** Service that `perch` commands are about. Undefined: the stack's application. */
  readonly #about: string | undefined;

  constructor(stack: Stack, say: (line: string) => void, about?: string) {
    this.stack = stack;
    this.say = say;
    this.#about = about;
  }

  /**
   * Access whose `perch` commands are about the console that the stack shows under a host name of its
   * own. Undefined: it shows none.
   */
  async ofConsole(): Promise<StackAccess | undefined> {
    if ((await this.stack.outputs())['consoleUrl'] === undefined) return undefined;
    return this.ofService(consoleService(await this.service()));
  }

  /** Access whose `perch` commands are about another service of the stack's hosts. */
  ofService(service: string): StackAccess {
    return new StackAccess(this.stack, this.say, service);
  }

  /** Services of other stacks that use the hosts of this one. A guest itself has none. */
  async guests(controls: readonly ControlAddress[]): Promise<Guest[]> {
    const own = await this.#application();
    if ((await this.edgeService()) !== own) return [];
    const registered = await this.registered(controls);
    return registered.filter(({ service }) => service !== own && service !== consoleService(own));
  }

  /** Services that are registered with the monitors of the hosts. */
  async registered(controls: readonly ControlAddress[]): Promise<Guest[]> {
    const printed = await this.perch(controls, 'service', 'list', '--json');
    const { services } = servicesSchema.parse(JSON.parse(printed));
    return services.map(({ service, owner }) => ({ service, owner: owner ?? undefined }));
  }

  /** Service whose monitors run the commands: the stack's own, or that of a guest's host stack. */
  async edgeService(): Promise<string> {
    return monitoredIn(await this.stack.outputs()).edgeService ?? (await this.#application());
  }

  /** True if its commands are not about the stack's application. */
  get isOfOther(): boolean {
    return this.#about !== undefined;
  }

  /** Value of a configuration key; undefined if it is not set. */
  async setting(key: string): Promise<string | undefined> {
    return (await stackConfiguration(this.stack, await this.stack.outputs()))[`perch:${key}`]
      ?.value;
  }

  /** @throws PerchError `bad_input` if the stack was never updated. */
  async service(): Promise<string> {
    return this.#about ?? (await this.#application());
  }

  async #application(): Promise<string> {
    const service: unknown = (await this.stack.outputs())['service']?.value;
    if (typeof service === 'string') return service;
    throw new PerchError('bad_input', `stack ${this.stack.name} must be up: it has no outputs`);
  }

  /** Generation of the release document after the stack's last change to it. */
  async generation(): Promise<number> {
    return Number((await this.stack.outputs())['generation']?.value ?? 0);
  }

  /** Hosts where `perch` may run, without one: those of the stack, then those of its prod stack. */
  async controls(state: EditableState, without?: string): Promise<ControlAddress[]> {
    const hosts = sshHostsOf(state);
    const outputs = await this.stack.outputs();
    const privateKey = (await this.setting('sshPrivateKey')) ?? '';
    const offered = controlsOf(outputs).map((control) => ({ ...control, privateKey }));
    const own = hosts.flatMap(({ name, address }) =>
      name === without || address === undefined ? [] : [address],
    );
    const gone = hosts.find(({ name }) => name === without)?.address;
    const known = [...own, ...offered];
    return known.filter(
      (address, index) =>
        known.findIndex((other) => isSameAddress(other, address)) === index &&
        (gone === undefined || !isSameAddress(gone, address)),
    );
  }

  /** First of the hosts that answers and has a healthy monitor. */
  async living(controls: readonly ControlAddress[]): Promise<ControlAddress | undefined> {
    return await livingControl(await this.edgeService(), controls);
  }

  /** Runs a `perch` command in a monitor. */
  async perch(controls: readonly ControlAddress[], ...words: readonly string[]): Promise<string> {
    return await onAnyControl(controls, inMonitor(await this.#monitored(), words));
  }

  /** Runs a `perch` command with standard input in the monitor of one host. */
  async perchWithInput(
    control: ControlAddress,
    words: readonly string[],
    input: string,
  ): Promise<string> {
    return await onControl(control, inMonitorWithInput(await this.#monitored(), words), input);
  }

  /** Stores a release document in the Redis of one host. */
  async restore(control: ControlAddress, document: LostDocument): Promise<void> {
    const words = ['restore', '--document', '/dev/stdin', '--json'];
    await this.perchWithInput(control, words, JSON.stringify(document));
  }

  async #monitored(): Promise<Monitored> {
    return { service: await this.service(), edgeService: await this.edgeService() };
  }

  async status(controls: readonly ControlAddress[]): Promise<HostStatus> {
    return statusSchema.parse(JSON.parse(await this.perch(controls, 'status', '--json')));
  }

  /**
   * Updates the stack with the images that serve.
   * @param lost hosts that do not answer: they, and what is on them, stay as they are.
   * @throws PerchError `process_failed` with the engine's error.
   */
  async up(lost: readonly string[] = []): Promise<void> {
    const state = lost.length === 0 ? undefined : await exportState(this.stack.name);
    const exclude = lost.flatMap((host) => (state === undefined ? [] : urnsOnHost(state, host)));
    const options = { onOutput: show, ...(exclude.length > 0 && { exclude }) };
    const update = (file: ConfigFile) => this.stack.up({ ...options, ...file });
    await this.#without(lost, () => this.#update(update, true));
  }

  /**
   * Updates only these resources. The images of the others stay as they are.
   * @param targets URNs.
   * @param lost hosts that do not answer.
   * @throws PerchError `process_failed` with the engine's error.
   */
  async upOnly(
    targets: readonly string[],
    state: EditableState,
    lost: readonly string[] = [],
  ): Promise<void> {
    // Pulumi corrupts the state if the program leaves out a resource that others depend on there and
    // that is no target: the program has to build images if it built them last.
    const builds = state.deployment.resources.some(({ type }) => type.endsWith(':Image'));
    const update = (file: ConfigFile) =>
      this.stack.up({ onOutput: show, target: [...targets], ...file });
    await this.#without(lost, () => this.#update(update, !builds));
  }

  /**
   * Removes resources from the state that their cloud has no more: the plugin of DigitalOcean fails to
   * delete a droplet that is gone, in this update and in all later ones.
   * @param urns of resources that the next update deletes.
   * @throws PerchError `process_failed` with the engine's error.
   */
  async forgetGone(urns: readonly string[]): Promise<void> {
    if (urns.length === 0) return;
    await this.#update(() => this.stack.refresh({ target: [...urns] }), false);
  }

  /** Runs the program in a way that it asks nothing of hosts that are lost. */
  async #without(lost: readonly string[], run: () => Promise<void>): Promise<void> {
    const before = this.stack.workspace.envVars;
    this.stack.workspace.envVars = { ...before, [lostHostsVariable]: lost.join(',') };
    try {
      await run();
    } finally {
      this.stack.workspace.envVars = before;
    }
  }

  async #update(
    update: (file: ConfigFile) => Promise<unknown>,
    asLastGood: boolean,
  ): Promise<void> {
    const lastGood = asLastGood ? lastGoodOf(await this.stack.outputs()) : undefined;
    try {
      await withValues(this.stack, lastGood === undefined ? {} : valuesOf(lastGood), update);
    } catch (cause) {
      throw new PerchError('process_failed', `the update failed: ${pulumiFailure(cause)}`, {
        cause,
      });
    }
  }

  /**
   * Waits until `problem` finds none.
   * @throws PerchError `process_failed` with the problem that is left after `seconds`.
   */
  async untilNoProblem(problem: () => Promise<string | undefined>, seconds: number): Promise<void> {
    const deadline = performance.now() + seconds * 1_000;
    for (;;) {
      const found = await problem().catch(failureText);
      if (found === undefined) return;
      if (performance.now() >= deadline) throw new PerchError('process_failed', found);
      await delay(checkEveryMs);
    }
  }
}

/** Message of a failed command; anything else is a fault of the program. */
function failureText(error: unknown): string {
  if (error instanceof PerchError) return errorMessage(error);
  throw error;
}

/** Reason why a host does not serve as it should after a change; undefined if it does. */
export function hostProblem(status: HostStatus, host: string, members: number): string | undefined {
  const own = status.release?.members.filter((member) => member.host === host) ?? [];
  const idle = own.filter(({ state }) => state !== 'active');
  if (own.length < members) return `host ${host} has ${own.length} of ${members} members`;
  if (idle.length > 0) {
    return idle.map(({ id, state }) => `member ${id} of host ${host} is ${state}`).join('; ');
  }
  return status.silentHosts.includes(host) ? `the monitor of host ${host} is silent` : undefined;
}
