import { createHash } from 'node:crypto';
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { labels } from '../../runtime/contract/labels.ts';
import type { Host } from '../hosts/host.ts';
import { shellCommand } from '../hosts/shell-command.ts';
import type { HostImage } from '../images/host-image.ts';
import { awaitRunningScript } from '../shell/await-running.ts';
import { appEnvironment, type AppEnvironmentArgs } from './app-environment.ts';
import { containerArgs, containerChanges, stepDown } from './container.ts';

/** One kind of worker, as a stack configures it. */
export interface WorkerArgs {
  /** Program and arguments; they replace the image's CMD. */
  readonly command: readonly string[];
  readonly count: number;
  readonly memoryMiB: number;
  /** Time to stop after SIGTERM before it is killed, seconds. */
  readonly stopSeconds: number;
}

export interface WorkersArgs extends AppEnvironmentArgs {
  /** Name to worker. */
  readonly workers: Readonly<Record<string, WorkerArgs>>;
  readonly hosts: readonly Host[];
  readonly image: HostImage;
  /** Time limit for a container to run, seconds. */
  readonly startTimeoutSeconds: number;
  /** Resources created before any worker. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Containers of the application's image that get no traffic. A new one runs before the old one stops;
 * the old one has its time to finish after SIGTERM.
 */
export class Workers extends pulumi.ComponentResource {
  constructor(name: string, args: WorkersArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:service:Workers', name, {}, opts);
    for (const [workerName, worker] of Object.entries(args.workers)) {
      placed(workerName, args.hosts, worker.count).forEach((host, index) => {
        this.#add(`${args.track}-worker-${workerName}-${index}`, {
          ...args,
          worker,
          workerName,
          host,
        });
      });
    }
    this.registerOutputs({});
  }

  #add(name: string, args: OneWorkerArgs): void {
    const { host, startTimeoutSeconds, after, redis } = args;
    const container = new docker.Container(name, workerContainerArgs(args), {
      parent: this,
      provider: host.docker,
      dependsOn: [host.ready, ...redis.ready, ...after],
      // The provider's default deletes the old container first.
      deleteBeforeReplace: false,
      ...containerChanges,
    });
    shellCommand(
      `${name}-running`,
      host.shell,
      {
        create: pulumi.interpolate`sh -s ${container.id} ${startTimeoutSeconds}`,
        // A container that ran once need not run when the host's ssh key changes.
        update: ':',
        stdin: awaitRunningScript,
        triggers: [container.id],
      },
      { parent: this, dependsOn: [container] },
    );
  }
}

interface OneWorkerArgs extends Omit<WorkersArgs, 'workers' | 'hosts'> {
  readonly worker: WorkerArgs;
  readonly workerName: string;
  readonly host: Host;
}

function workerContainerArgs(args: OneWorkerArgs): docker.ContainerArgs {
  const { service, track, host, worker, workerName, startTimeoutSeconds } = args;
  const container = containerArgs({
    service,
    part: 'worker',
    image: args.image(host),
    environment: appEnvironment(host, args),
    memoryMiB: worker.memoryMiB,
    // The image's own check asks a port that a worker does not serve.
    healthCheck: ['NONE'],
    startTimeoutSeconds,
    stopTimeoutSeconds: worker.stopSeconds,
    log: args.log,
    labels: { [labels.track]: track, [labels.worker]: workerName },
  });
  return {
    ...container,
    command: [...worker.command],
    // An application that is process 1 and ignores SIGTERM would run until its time limit is over.
    init: true,
    capabilities: { ...container.capabilities, adds: stepDown },
    networksAdvanced: [{ name: host.network.name }],
  };
}

/** Hosts of a worker's containers: in turn, and each worker begins at a host that its name chooses. */
function placed(name: string, hosts: readonly Host[], count: number): Host[] {
  const start = createHash('sha256').update(name).digest().readUInt16BE();
  return Array.from({ length: count }, (_, index) => hosts[(start + index) % hosts.length]).filter(
    (host) => host !== undefined,
  );
}
