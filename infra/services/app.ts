import * as pulumi from '@pulumi/pulumi';
import { env } from '../../runtime/contract/env.ts';
import { labels } from '../../runtime/contract/labels.ts';
import { tracks } from '../../runtime/contract/names.ts';
import type { Host } from '../hosts/host.ts';
import type { HostImage } from '../images/host-image.ts';
import { commandsAtOnce, type Control } from '../release/control.ts';
import { generationIn, newest } from '../release/generation.ts';
import { whenMade } from '../shell/when-made.ts';
import { appEnvironment, type AppEnvironmentArgs } from './app-environment.ts';
import { containerArgs, stepDown } from './container.ts';
import { memberHealthCheck } from './health.ts';
import { swappedMember, type SwappedMember } from './swapped-member.ts';

export interface AppArgs extends AppEnvironmentArgs {
  /** One host for each member. A host may occur more than once. */
  readonly hosts: readonly Host[];
  readonly image: HostImage;
  /** Port that the application listens on inside its container. */
  readonly port: number;
  /** Path that responds with 200 when the application can serve. */
  readonly healthPath: string;
  /** Host of the request for the health path. Undefined: 127.0.0.1 and the port. */
  readonly healthHost: string | undefined;
  /** Program and arguments of the health check. Empty: the health path is requested. */
  readonly healthCommand: readonly string[];
  readonly memoryLimitMiB: number;
  /** Bound up to which the monitor may raise the memory limit, MiB. */
  readonly memoryCapMiB: number;
  /** Time limit for a container to become healthy, seconds. */
  readonly startTimeoutSeconds: number;
  /** Time limit for a member to finish its requests, seconds. */
  readonly drainTimeoutSeconds: number;
  /** Number of members that are swapped at once. */
  readonly swapAtOnce: number;
  /** Longest time for which a new member is judged beside the others, seconds; 0: not judged. */
  readonly swapJudgeSeconds: number;
  readonly control: Control;
  /** Resources created before any member is reserved. */
  readonly after: readonly pulumi.Resource[];
}

/** Number of old members of a track that drain at once: a monitor has memory for their commands. */
const drainsAtOnce = commandsAtOnce / tracks.length;

/**
 * The members of one track. Each is Reservation -> container -> Member; that order is the swap. The
 * next swap begins once a new member was activated and judged.
 */
export class App extends pulumi.ComponentResource {
  /** Id of the first member: a new one with every release. */
  readonly firstMember: pulumi.Output<string>;
  /** Generation of the release document in which the last of them became active. */
  readonly generation: pulumi.Output<number>;
  readonly #active: SwappedMember['active'][] = [];

  constructor(name: string, args: AppArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:service:App', name, {}, opts);
    const ids = args.hosts.map((host, index) =>
      this.#addMember(`${args.track}-${index}`, host, args),
    );
    this.firstMember = pulumi.all(ids).apply(([first]) => first ?? '');
    this.generation = newest(this.#active.map(({ stdout }) => whenMade(stdout, generationIn)));
    this.registerOutputs({ members: ids, generation: this.generation });
  }

  #addMember(name: string, host: Host, args: AppArgs): pulumi.Output<string> {
    const earlier = this.#active.at(-drainsAtOnce);
    const member = swappedMember(
      name,
      {
        ...args,
        host,
        container: memberContainerArgs(host, args),
        judgeSeconds: args.swapJudgeSeconds,
        needs: args.redis.ready,
        after: earlier === undefined ? args.after : [...args.after, earlier],
        turnAfter: this.#active.at(-args.swapAtOnce),
      },
      this,
    );
    this.#active.push(member.active);
    return member.id;
  }
}

/** Arguments of a member's container, without those that come from its reservation. */
function memberContainerArgs(host: Host, appArgs: AppArgs) {
  const { service, track, port, drainTimeoutSeconds } = appArgs;
  const args = containerArgs({
    service,
    part: 'app',
    image: appArgs.image(host),
    environment: {
      ...appEnvironment(host, appArgs),
      [env.port]: String(port),
      // Docker hands what comes by IPv6 to the container's own IPv6 address.
      [env.bind]: host.ipv6 ? '::' : '0.0.0.0',
    },
    memoryMiB: appArgs.memoryLimitMiB,
    memoryCapMiB: appArgs.memoryCapMiB,
    healthCheck: memberHealthCheck(appArgs),
    startTimeoutSeconds: appArgs.startTimeoutSeconds,
    stopTimeoutSeconds: drainTimeoutSeconds,
    log: appArgs.log,
    labels: { [labels.track]: track },
  });
  return {
    ...args,
    capabilities: { ...args.capabilities, adds: stepDown },
    networksAdvanced: [{ name: host.network.name }],
  };
}
