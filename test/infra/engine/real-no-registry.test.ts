import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import { inMonitor } from '../../../infra/shell/in-monitor.ts';
import { sendingRegistry } from '../../../infra/transfer/sent-image.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { baseImage } from './support/base-image.ts';
import { docker } from './support/docker.ts';
import { Engine, type Stack } from './support/engine.ts';
import type { Machine } from './support/machine.ts';
import { whyNoMachines } from './support/machine-network.ts';
import { Machines } from './support/machines.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings } from './support/real-settings.ts';
import { stackYaml } from './support/stack-yaml.ts';

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

const reason = whyNoRealPlugins() ?? whyNoMachines();
const service = 'no-registry';
const perSecond = 50;
const root = join(import.meta.dirname, '../../..');

/** Machines that reach no registry: m1 and m2 are prod's, m3 is the canary's, m4 takes m2's place. */
describe('A service without a registry', unless(reason), () => {
  const started = new AsyncDisposableStack();
  /** Folder of a Dockerfile, inside the checkout, as a user's own. */
  const folder = mkdtempSync(join(root, 'test/.perch-'));
  /** Images that prod has run, in turn. */
  const images: string[] = [];
  let engine: Engine;
  let machines: Machines;
  let prod: Stack;
  let canary: Stack;
  let port: number;

  beforeAll(async () => {
    engine = started.use(await Engine.start('real'));
    machines = started.use(await Machines.start(4));
    for (const machine of machines.all) machine.docker('rmi', baseImage);
    const real = await realSettings(service);
    port = real.httpPort;
    const shared = { ...real, target: 'server', registry: 'none', swapJudgeSeconds: 0 };
    const secrets = { sshPrivateKey: machines.privateKey };
    const servers = [1, 2].map((number) => machines.get(number).server);
    const ofProd = { role: 'prod', servers, proxyCount: 2 };
    prod = await engine.stack('bare', stackYaml({ ...shared, ...ofProd }), secrets);
    const ofCanary = {
      role: 'canary',
      servers: [machines.get(3).server],
      prodStack: 'organization/perch/bare',
      steps: [{ weight: 25, minutes: 30 }],
    };
    canary = await engine.stack('bare-canary', stackYaml({ ...shared, ...ofCanary }), secrets);
  });
  afterAll(async () => {
    await started.disposeAsync();
    forgetBuilds();
    rmSync(folder, { recursive: true });
  });

  test('a release reaches every host, and Redis its own', async ({ annotate }) => {
    const { output } = await prod.up();
    expect(output).not.toContain('error');
    images.push(await imageOf(prod));
    await annotate(sentIn(output).join('\n'));
    expect(sentIn(output).filter((line) => line.includes(`sent ${baseImage} to m1`))).toHaveLength(
      1,
    );
    for (const number of [1, 2]) await serves(machines.get(number));
  });

  test('only the layer that changed travels, under load, and no request fails', async ({
    annotate,
  }) => {
    await build('second');
    const traffic = trafficTo(machines.get(2));
    const { output } = await prod.up();
    await traffic.stop();
    expect(output).not.toContain('error');
    images.push(await imageOf(prod));
    await annotate(`${sentIn(output).join('\n')}\n${summary(traffic)}`);
    expect(images[1]).toMatch(/^127\.0\.0\.1:\d+\/no-registry@sha256:[0-9a-f]{64}$/);
    expect(sentIn(output).map((line) => line.replace(/^.* to /, ''))).toEqual(
      expect.arrayContaining(
        ['m1', 'm2'].map((host): unknown =>
          expect.stringMatching(new RegExp(`^${host}: 1 of \\d+ layers, \\d\\.\\d kB$`)),
        ),
      ),
    );
    expect([...traffic.counts.failures]).toEqual([]);
    expect(traffic.counts.total).toBeGreaterThan(100);
  });

  test('a preview and an update that change nothing send nothing', async () => {
    const preview = await engine.run(['preview', '--stack', 'bare']);
    expect(preview).toSucceed();
    expect(sentIn(preview.output)).toEqual([]);
    const { output } = await prod.up();
    expect(sentIn(output)).toEqual([]);
    expect(output).not.toMatch(/replace|update/);
  });

  test("prod gets what its canary ran from the canary's host", async ({ annotate }) => {
    await build('third');
    const running = engine.startDeploy([
      '--stack',
      'bare-canary',
      '--promote',
      'bare',
      '--verify',
      '5',
    ]);
    const isFollowed = () => running.output.includes('progressing');
    await until(isFollowed, { what: 'the rollout to be followed', timeoutMs: 400_000 });
    const isOut = async () => (await imageOf(canary)).startsWith(sendingRegistry);
    await until(isOut, { what: 'the update of the canary to end', timeoutMs: 60_000 });
    const image = await imageOf(canary);
    forgetBuilds();
    const traffic = trafficTo(machines.get(1));
    perch(machines.get(1), 'rollout', 'promote', '--reason', 'urgent');
    const { output } = await running.finished;
    await traffic.stop();
    await annotate(`${output}\n${summary(traffic)}`);
    expect(output).toContain(`deploy: fetching ${image} from m3`);
    expect(output).toContain('serves everywhere');
    expect([...traffic.counts.failures]).toEqual([]);
    expect(await imageOf(prod)).toBe(image);
    images.push(image);
  });

  test('a rollback needs neither a registry nor the machine that built the release', async ({
    annotate,
  }) => {
    const [, second = ''] = images;
    // One host has lost it: it comes from the other one.
    machines.get(2).docker('rmi', second);
    const traffic = trafficTo(machines.get(1));
    const { output } = await engine.rollback(['--stack', 'bare', '--verify', '5', version(second)]);
    await traffic.stop();
    await annotate(`${output}\n${summary(traffic)}`);
    expect(output).toContain(`fetching ${second} from m1`);
    expect([...traffic.counts.failures]).toEqual([]);
    expect(await imageOf(prod)).toBe(second);
    for (const number of [1, 2]) await serves(machines.get(number));
  });

  test('a rollback to what no host has any more changes nothing', async () => {
    const [, second, third = ''] = images;
    for (const number of [1, 2]) machines.get(number).docker('rmi', third);
    const run = await engine.rollback(['--stack', 'bare', version(third)]);
    expect(run).not.toSucceed();
    expect(run.output).toMatch(
      new RegExp(
        `nothing was changed: version ${version(third)} cannot be deployed: host m[12] does not have image ${third}`,
      ),
    );
    expect(await imageOf(prod)).toBe(second);
  });

  test('a host that takes the place of another gets every image from one that stays', async ({
    annotate,
  }) => {
    const traffic = trafficTo(machines.get(1));
    await machines.get(2).powerOff();
    await until(() => traffic.counts.total > 30 * perSecond, { timeoutMs: 120_000 });
    const { failed } = traffic.counts;
    const next = machines.get(4);
    for (const key of ['address', 'privateAddress', 'hostKey'] as const) {
      await prod.configure(`servers[1].${key}`, next.server[key]);
    }
    const { output } = await engine.host(['replace', 'm2', '--stack', 'bare']);
    await traffic.stop();
    await annotate(`${sentIn(output).join('\n')}\n${summary(traffic)}`);
    expect(output).toContain('host m2 is replaced');
    expect(output).toMatch(/fetching \S+\/no-registry@\S+ from m1/);
    expect(output).toMatch(/fetching \S+\/perch@\S+ from m1/);
    expect(traffic.counts.failed).toBe(failed);
    await serves(next);
  });

  /** Makes the Dockerfile of a release that differs from others in its last layer. */
  async function build(content: string): Promise<void> {
    writeFileSync(join(folder, 'release'), content);
    const from = `FROM ${sendingRegistry}/perch:perch`;
    writeFileSync(join(folder, 'Dockerfile'), `${from}\nCOPY release /release\n`);
    for (const stack of [prod, canary]) {
      await stack.configure('buildContext', relative(root, folder));
    }
  }

  /** Lets this machine be as one that built none of the images. */
  function forgetBuilds(): void {
    for (const repository of ['perch', service]) {
      const format = '{{.Repository}}:{{.Tag}}';
      const names = docker('images', '--format', format, `${sendingRegistry}/${repository}`);
      for (const name of names.split('\n').filter(Boolean)) docker('rmi', '--no-prune', name);
    }
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

  function perch(machine: Machine, ...words: string[]): string {
    return machine.run('sh', '-c', inMonitor({ service }, words));
  }
});

async function imageOf(stack: Stack): Promise<string> {
  return String((await stack.outputs())['image']);
}

/** Default version of an image. */
function version(image: string): string {
  return image.slice(image.indexOf('sha256:') + 'sha256:'.length).slice(0, 12);
}

function sentIn(output: string): string[] {
  // Pulumi prints a line as it comes, and again at the end.
  return [...new Set(output.match(/sent \S+ to m\d: .*/g))];
}

function summary({ counts }: Traffic): string {
  return `${counts.total} requests, ${counts.failed} failed: ${JSON.stringify([...counts.failures])}`;
}
