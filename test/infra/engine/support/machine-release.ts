import { Traffic } from '../../../../rehearsal/traffic/traffic.ts';
import { inMonitor } from '../../../../infra/shell/in-monitor.ts';
import { labels, type Part } from '../../../../runtime/contract/labels.ts';
import { until } from '../../../support/until.ts';
import { Engine, type Stack } from './engine.ts';
import type { Machine } from './machine.ts';
import { Machines } from './machines.ts';
import { realSettings } from './real-settings.ts';
import { startRegistry } from './registry.ts';
import { stackYaml } from './stack-yaml.ts';

const watchedParts = ['app', 'proxy', 'monitor', 'redis'] as const;
const wholeTimeoutMs = 180_000;

/** A prod stack on target server, on machines that can lose power. Redis is on the first. */
export class MachineRelease implements AsyncDisposable {
  readonly machines: Machines;
  readonly stack: Stack;
  /** `host:port/path` */
  readonly registry: string;
  readonly #port: number;
  readonly #owned: AsyncDisposable;
  /** Machine -> number of healthy containers of each part after the start. */
  readonly #whole = new Map<Machine, string>();

  private constructor(
    owned: AsyncDisposable,
    parts: { machines: Machines; stack: Stack; port: number; registry: string },
  ) {
    this.#owned = owned;
    this.machines = parts.machines;
    this.stack = parts.stack;
    this.registry = parts.registry;
    this.#port = parts.port;
  }

  /** Resolves once the release serves. If it fails to start, nothing of it remains. */
  static async start(
    service: string,
    count: number,
    settings: Readonly<Record<string, unknown>> = {},
    firstDiskMiB?: number,
  ): Promise<MachineRelease> {
    await using owned = new AsyncDisposableStack();
    const registry = owned.use(await startRegistry());
    const machines = owned.use(await Machines.start(count, { firstDiskMiB }));
    await machines.forward(registry.port);
    const engine = owned.use(await Engine.start('real'));
    const real = await realSettings(service);
    const servers = machines.all.map(({ server }) => server);
    const own = { role: 'prod', target: 'server', servers, registry: registry.address };
    const yaml = stackYaml({ ...real, ...own, proxyCount: count, ...settings });
    const stack = await engine.stack(service, yaml, { sshPrivateKey: machines.privateKey });
    const { ok, output } = await stack.up();
    if (!ok) throw new Error(output);
    const parts = { machines, stack, port: real.httpPort, registry: registry.address };
    const release = new MachineRelease(owned.move(), parts);
    for (const machine of machines.all) {
      release.#whole.set(machine, await release.#healthyParts(machine));
    }
    return release;
  }

  /** Traffic to the proxies of a machine, whose users give up after ten seconds. */
  trafficTo({ address }: Machine, ratePerSecond: number): Traffic {
    const traffic = new Traffic({ host: address, port: this.#port, clientTimeoutMs: 10_000 });
    traffic.setRate(ratePerSecond);
    return traffic;
  }

  /** Ids of the running containers of a part on a machine whose health checks pass. */
  async healthy(machine: Machine, part: Part): Promise<string[]> {
    const filters = [`label=${labels.service}=${this.stack.name}`, `label=${labels.part}=${part}`];
    const args = [...filters, 'health=healthy', 'status=running'].flatMap((each) => [
      '--filter',
      each,
    ]);
    const ids = await machine.query('docker', 'ps', '--quiet', '--no-trunc', ...args);
    return ids.split('\n').filter(Boolean);
  }

  /** Process of a container, as the machine sees it. */
  async processOf(machine: Machine, container: string): Promise<string> {
    return await machine.query('docker', 'inspect', '--format', '{{.State.Pid}}', container);
  }

  /** Error of the last attempt to start a container; empty if that succeeded. */
  async errorOf(machine: Machine, container: string): Promise<string> {
    return await machine.query('docker', 'inspect', '--format', '{{.State.Error}}', container);
  }

  /** Waits until a machine has as many healthy containers of each part as after the start. */
  async untilWhole(machine: Machine): Promise<void> {
    const whole = this.#whole.get(machine);
    await until(async () => (await this.#healthyParts(machine)) === whole, {
      what: `${machine.name} to have ${whole}`,
      timeoutMs: wholeTimeoutMs,
      everyMs: 200,
    });
  }

  /** The events so far, one a line. */
  async events(): Promise<string> {
    const command = inMonitor({ service: this.stack.name }, ['events']);
    return await this.machines.get(1).query('sh', '-c', command);
  }

  async #healthyParts(machine: Machine): Promise<string> {
    const counts = watchedParts.map(async (part) => {
      const ids = await this.healthy(machine, part);
      return `${ids.length} ${part}`;
    });
    return (await Promise.all(counts)).join(', ');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned[Symbol.asyncDispose]();
  }
}
