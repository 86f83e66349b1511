import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { env } from '../../runtime/contract/env.ts';
import { labels } from '../../runtime/contract/labels.ts';
import { tracks, type Track } from '../../runtime/contract/names.ts';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import { commandsAtOnce, type Control } from '../release/control.ts';
import { generationIn, newest } from '../release/generation.ts';
import { member } from '../release/member.ts';
import { Reservation } from '../release/reservation.ts';
import { containerArgs } from './container.ts';
import type { HostImage } from '../images/host-image.ts';
import type { RedisAccess } from './redis.ts';
import { secretValues } from './secret-values.ts';

export interface AppSettings {
  readonly track: Track;
  /** One host for each member; a host may come more than once. */
  readonly hosts: readonly Host[];
  readonly image: HostImage;
  readonly version: pulumi.Output<string>;
  readonly config: StackConfig;
  readonly redis: RedisAccess;
  readonly control: Control;
}

// What an image that starts as root needs to become another user; nothing else is left to it.
// Named as the engine names them: after a refresh, other names would replace every member.
const stepDown = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_SETGID', 'CAP_SETUID'];

/**
 * So many members of a track are swapped at once. More would start so many processes at the same
 * time that those which serve get no CPU, and run more commands than the monitor has memory for.
 */
const swapsAtOnce = commandsAtOnce / tracks.length;

/** The members of one track. Each is Reservation -> container -> Member; that order is the swap. */
export class App extends pulumi.ComponentResource {
  /** The first member's id: a new one with every release. */
  readonly firstMember: pulumi.Output<string>;
  /** Of the release document: the one in which the last of them became active. */
  readonly generation: pulumi.Output<number>;
  readonly #active: ReturnType<typeof member>[] = [];

  constructor(name: string, settings: AppSettings, options?: pulumi.ComponentResourceOptions) {
    super('perch:service:App', name, {}, options);
    const ids = settings.hosts.map((host, index) =>
      this.#addMember(`${settings.track}-${index}`, host, settings),
    );
    this.firstMember = pulumi.all(ids).apply(([first]) => first ?? '');
    this.generation = newest(this.#active.map(({ stdout }) => stdout.apply(generationIn)));
    this.registerOutputs({ members: ids, generation: this.generation });
  }

  #addMember(name: string, host: Host, settings: AppSettings): pulumi.Output<string> {
    const { track, version, config, control } = settings;
    const wanted = this.#containerArgs(host, settings);
    const earlier = this.#active.at(-swapsAtOnce);
    const reservation = new Reservation(
      name,
      {
        track,
        version,
        host,
        control,
        container: wanted,
        after: earlier === undefined ? [] : [earlier],
      },
      { parent: this },
    );
    const container = new docker.Container(
      name,
      {
        ...wanted,
        envs: [...wanted.envs, pulumi.interpolate`${env.memberId}=${reservation.id}`],
        labels: [...wanted.labels, { label: labels.member, value: reservation.id }],
        ports: [{ internal: config.appPort, external: reservation.port, ip: host.privateAddress }],
      },
      {
        parent: this,
        provider: host.docker,
        dependsOn: [reservation.ready, ...settings.redis.ready],
        // The provider's own default is to delete first, which would be an outage.
        deleteBeforeReplace: false,
        // The monitor may raise them while the container runs.
        ignoreChanges: ['memory', 'memorySwap'],
      },
    );
    const active = member(
      `${name}-active`,
      control,
      { id: reservation.id, container, drainTimeoutSeconds: config.drainTimeoutSeconds },
      this,
    );
    this.#active.push(active);
    return reservation.id;
  }

  #containerArgs(host: Host, { track, version, config, redis, image }: AppSettings) {
    const args = containerArgs({
      service: config.service,
      part: 'app',
      image: image(host),
      environment: {
        ...config.environment,
        ...secretValues(config.secretEnvironment),
        [env.service]: config.service,
        [env.host]: host.name,
        [env.track]: track,
        [env.version]: version,
        [env.port]: String(config.appPort),
        [env.bind]: '0.0.0.0',
        [env.redisUrl]: redis.urlFrom(host, 'network'),
      },
      memoryMiB: config.memoryLimitMiB,
      memoryCapMiB: config.memoryCapMiB,
      healthCheck: healthCheck(config),
      startTimeoutSeconds: config.startTimeoutSeconds,
      stopTimeoutSeconds: config.drainTimeoutSeconds,
      labels: { [labels.track]: track },
    });
    return {
      ...args,
      capabilities: { ...args.capabilities, adds: stepDown },
      networksAdvanced: [{ name: host.network.name }],
    };
  }
}

/** Asks the health path with whatever the image has, unless the stack names a command. */
function healthCheck({ healthCommand, healthPath, appPort }: StackConfig): readonly string[] {
  if (healthCommand.length > 0) return ['CMD', ...healthCommand];
  const url = `http://127.0.0.1:${appPort}${healthPath}`;
  const ways = [
    `wget -q -O /dev/null '${url}'`,
    `curl -fsS -o /dev/null '${url}'`,
    `node -e "fetch('${url}').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"`,
    `python3 -c "import urllib.request; urllib.request.urlopen('${url}')"`,
  ];
  return ['CMD-SHELL', ways.join(' || ')];
}
