import { setTimeout as delay } from 'node:timers/promises';
import type { VirtualHost } from '../kernel/virtual-process.ts';
import type { World } from '../world.ts';
import type { Containers } from './containers.ts';
import { perch, type CommandEnd } from './perch.ts';

/** Member in the state of a stack: what Pulumi knows of it. */
interface StackMember {
  readonly id: string;
  readonly version: string;
  readonly host: VirtualHost;
  address: string | undefined;
  isActive: boolean;
  isDrained: boolean;
}

export interface StackOptions {
  readonly world: World;
  readonly containers: Containers;
  readonly track: 'stable' | 'canary';
  /** One host for each member. */
  readonly hosts: readonly VirtualHost[];
}

/** Error that ends an update; the state stays as it is, and the next update goes on. */
export class UpdateFailed extends Error {}

/**
 * A Pulumi stack of one track: makes members by Reservation -> container -> Member, new ones before
 * old ones end. Its state outlives the process that updates it.
 */
export class Stack {
  readonly #options: StackOptions;
  readonly members: StackMember[] = [];
  #names = 0;

  constructor(options: StackOptions) {
    this.#options = options;
  }

  /** Updates to a version; undefined removes every member. Throws {@link UpdateFailed}. */
  async update(version: string | undefined): Promise<void> {
    const { hosts, track } = this.#options;
    for (const [index, host] of hosts.entries()) {
      if (version === undefined) break;
      const known = this.members.find(
        (member) => member.version === version && member.id.startsWith(`${track}-${index}-`),
      );
      await this.#create(known ?? this.#named(`${track}-${index}`, version, host));
    }
    for (const member of this.members.filter((member) => member.version !== version)) {
      await this.#delete(member);
    }
  }

  /** Sets the canary's share for a new rollout. */
  async share(weight: number): Promise<void> {
    const rollout = this.members.find(({ isActive }) => isActive)?.id ?? 'none';
    await this.#perch(['weight', String(weight), '--json', `--rollout=${rollout}`]);
  }

  /** Begins a rollout with steps for its canary, unless that has begun. */
  async shareInSteps(plan: object): Promise<void> {
    const rollout = this.members.find(({ isActive }) => isActive)?.id ?? 'none';
    await this.#perch(['rollout', 'begin', rollout, '--json'], plan);
  }

  async unshare(): Promise<void> {
    await this.#perch(['weight', '0']);
  }

  #named(name: string, version: string, host: VirtualHost): StackMember {
    this.#names += 1;
    const id = `${name}-${this.#names}`;
    const member: StackMember = {
      id,
      version,
      host,
      address: undefined,
      isActive: false,
      isDrained: false,
    };
    this.members.push(member);
    return member;
  }

  async #create(member: StackMember): Promise<void> {
    const { containers, track } = this.#options;
    const { id, version, host } = member;
    if (member.address === undefined) {
      const place = [`--host=${host.name}`, `--address=${addressOf(host)}`];
      const what = [`--id=${id}`, `--track=${track}`, `--version=${version}`, ...place];
      const { output } = await this.#perch(['member', 'reserve', '--json', ...what]);
      const { url } = JSON.parse(output) as { url: string };
      member.address = new URL(url).host;
    }
    const key = member.address;
    if (!containers.start({ id, host, key, track, version })) {
      throw new UpdateFailed(`port of ${key} is already allocated`);
    }
    await delay(500);
    if (member.isActive) return;
    await this.#perch(['member', 'activate', '--json', `--id=${id}`]);
    member.isActive = true;
  }

  async #delete(member: StackMember): Promise<void> {
    const { containers } = this.#options;
    const { id } = member;
    if (!member.isDrained) {
      const drain = await this.#perch(['member', 'drain', `--id=${id}`, '--timeout=15000']);
      containers.drained(id, drain.endedAtMs);
      member.isDrained = true;
    }
    await containers.stop(id);
    await this.#perch(['member', 'release', `--id=${id}`]);
    this.members.splice(this.members.indexOf(member), 1);
  }

  async #perch(args: readonly string[], input?: object): Promise<CommandEnd> {
    const { world, track } = this.#options;
    const end = await perch(world, `stack-${track}`, args, input);
    if (end.code !== 'done') throw new UpdateFailed(`${args.join(' ')}: ${end.code}`);
    return end;
  }
}

function addressOf({ name }: VirtualHost): string {
  return `10.0.0.${10 + Number(name.split('-')[1])}`;
}
