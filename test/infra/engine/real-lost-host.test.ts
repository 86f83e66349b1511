import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import { inMonitor } from '../../../infra/shell/in-monitor.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { until } from '../../support/until.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import type { Machine } from './support/machine.ts';
import { whyNoMachines } from './support/machine-network.ts';
import { Machines } from './support/machines.ts';
import { realSettings } from './support/real-settings.ts';
import { startRegistry } from './support/registry.ts';
import { stackYaml } from './support/stack-yaml.ts';
import { unless } from '../../support/skip.ts';

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

const reason = whyNoRealPlugins() ?? whyNoMachines();
const service = 'lost-host';
const perSecond = 50;

interface Status {
  readonly release: ReleaseDocument;
  readonly silentHosts: readonly string[];
  readonly incidents: readonly { readonly rule: string; readonly subject: string }[];
}

describe('A host that dies for good', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let engine: Engine;
  let machines: Machines;
  let stack: Stack;
  let port: number;
  /** The machines that serve now, by the number of their host. */
  let serving: Machine[];

  beforeAll(async () => {
    engine = started.use(await Engine.start('real'));
    const registry = started.use(await startRegistry());
    machines = started.use(await Machines.start(4));
    serving = [machines.get(1), machines.get(2)];
    await machines.forward(Number(/:(\d+)\//.exec(registry.address)?.[1]));
    const config = {
      ...(await realSettings(service)),
      role: 'prod',
      target: 'server',
      servers: serving.map(({ server }, index) => ({
        ...server,
        name: `web-${index + 1}`,
      })),
      proxyCount: 2,
      registry: registry.address,
    };
    port = config.httpPort;
    const secrets = { sshPrivateKey: machines.privateKey };
    stack = await engine.stack('lost', stackYaml(config), secrets);
    const run = await stack.up();
    expect(run.output).not.toContain('error');
  });
  afterAll(() => started.disposeAsync());

  test('the second host dies under load and is replaced by one command', async ({ annotate }) => {
    const [first, second] = served();
    const spare = machines.get(3);
    const traffic = trafficTo(first);
    await until(() => traffic.counts.total > 100);
    const diedAt = performance.now();
    await second.powerOff();
    await until(() => hasIncident(first, 'host-silent', 'web-2'), waiting('the incident'));
    const incidentSeconds = seconds(diedAt);
    const { total, failed, failures } = traffic.counts;
    const lost = `${failed} of ${total} requests at the other proxy failed`;
    await annotate(`web-2: ${lost} ${list(failures)}; incident after ${incidentSeconds} s`);
    expect(await status(first)).toMatchObject({ silentHosts: ['web-2'] });
    await useInstead(1, spare);
    const replaceAt = performance.now();
    const run = await engine.host(['replace', 'web-2', '--stack', 'lost']);
    expect(run.output).toContain('host web-2 is replaced');
    await traffic.pause();
    const later = traffic.counts.failed - failed;
    await annotate(
      `web-2 replaced in ${seconds(replaceAt)} s; ${later} of ${traffic.counts.total - total} requests failed meanwhile`,
    );
    await traffic.stop();
    expect(later).toBe(0);
    expect(await placed(first)).toEqual(['web-1 active', 'web-2 active']);
    await serves(spare);
  });

  test('the first host dies with Redis under load and is replaced by one command', async ({
    annotate,
  }) => {
    const [first, other] = served();
    const spare = machines.get(4);
    const before = await status(first);
    const traffic = trafficTo(other);
    await until(() => traffic.counts.total > 100);
    await first.powerOff();
    // Clients of requests that the dead member had give up after 20 s.
    await until(() => traffic.counts.total > 100 + 35 * perSecond, waiting('traffic'));
    const { total, failed, failures } = traffic.counts;
    await annotate(
      `web-1: ${failed} of ${total} requests at the other proxy failed ${list(failures)}`,
    );
    await useInstead(0, spare);
    const replaceAt = performance.now();
    const run = await engine.host(['replace', 'web-1', '--stack', 'lost', '--lose-redis']);
    expect(run.output).toContain('host web-1 is replaced');
    await traffic.pause();
    const later = traffic.counts.failed - failed;
    await annotate(
      `web-1 replaced in ${seconds(replaceAt)} s; ${later} of ${traffic.counts.total - total} requests failed meanwhile ${list(traffic.counts.failures)}`,
    );
    await traffic.stop();
    const after = await status(spare);
    expect(after.release.generation).toBeGreaterThan(before.release.generation);
    expect(await placed(spare)).toEqual(['web-1 active', 'web-2 active']);
    expect(later).toBe(0);
    await serves(spare);
    await serves(other);
    expect((await stack.up()).output).not.toContain('error');
  });

  function served(): [Machine, Machine] {
    const [first, second] = serving;
    if (first === undefined || second === undefined) throw new Error('two machines serve');
    return [first, second];
  }

  function trafficTo({ address }: Machine): Traffic {
    const traffic = new Traffic({ host: address, port });
    traffic.setRate(perSecond);
    return traffic;
  }

  async function serves({ address }: Machine): Promise<void> {
    const counts = await new Traffic({ host: address, port }).send(100, 4);
    expect([...counts.failures]).toEqual([]);
  }

  /** Puts the address and key of a machine into the stack's list of servers. */
  async function useInstead(index: number, machine: Machine): Promise<void> {
    for (const key of ['address', 'privateAddress', 'hostKey'] as const) {
      await stack.configure(`servers[${index}].${key}`, machine.server[key]);
    }
    serving[index] = machine;
  }

  async function status(machine: Machine): Promise<Status> {
    const text = machine.run('sh', '-c', inMonitor({ service }, ['status', '--json']));
    return JSON.parse(text) as Status;
  }

  async function hasIncident(machine: Machine, rule: string, subject: string): Promise<boolean> {
    const { incidents } = await status(machine);
    return incidents.some((incident) => incident.rule === rule && incident.subject === subject);
  }

  async function placed(machine: Machine): Promise<string[]> {
    const { release } = await status(machine);
    return release.members.map(({ host, state }) => `${host} ${state}`).toSorted();
  }
});

const waiting = (what: string) => ({ what, timeoutMs: 120_000, everyMs: 1_000 });

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 1_000);
}

function list(failures: ReadonlyMap<string, number>): string {
  return [...failures].map(([cause, count]) => `${cause}: ${count}`).join(', ');
}
