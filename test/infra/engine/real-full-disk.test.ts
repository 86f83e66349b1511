import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { inMonitor } from '../../../infra/shell/in-monitor.ts';
import { SesEmulator } from '../../support/aws/ses-emulator.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { fatVariant, harmlessVariant, pushImage } from './support/image-variants.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import type { MachineDisk } from './support/machine-disk.ts';
import { whyNoMachines } from './support/machine-network.ts';
import { MachineRelease } from './support/machine-release.ts';
import type { Machine } from './support/machine.ts';

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

const reason = whyNoRealPlugins() ?? whyNoMachines();
const service = 'real-full-disk';
const ratePerSecond = 40;
const diskMiB = 1_300;
/** A fourth of the disk. */
const fatMiB = 320;

const flag = '{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"}';

describe('A host whose disk fills, for real', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let ses: SesEmulator;
  let release: MachineRelease;
  /** Host of Redis, with the small disk. */
  let first: Machine;
  let other: Machine;
  let disk: MachineDisk;

  beforeAll(async () => {
    ses = started.use(await SesEmulator.start());
    const settings = {
      stableCount: 4,
      region: 'eu-central-1',
      alertFrom: 'alerts@perch.internal',
      alertTo: ['team@perch.internal'],
      // The machine of the tests is busy with more than them.
      thresholds: { hostMemoryPercent: false, hostCpuPercent: false },
      monitorEnvironment: {
        AWS_ACCESS_KEY_ID: 'emulator',
        AWS_SECRET_ACCESS_KEY: 'emulator',
        AWS_ENDPOINT_URL_SES: ses.endpoint,
      },
    };
    release = started.use(await MachineRelease.start(service, 2, settings, diskMiB));
    await release.machines.forward(Number(new URL(ses.endpoint).port));
    first = release.machines.get(1);
    other = release.machines.get(2);
    if (first.disk === undefined) throw new Error('the first machine has a disk of its own');
    ({ disk } = first);
    const { stack } = release;
    await stack.configure('runtimeImage', String((await stack.outputs())['runtimeImage']));
  });
  afterAll(() => started.disposeAsync());

  test('old images go at 85%, before anybody is alerted, while releases fail no request', async ({
    annotate,
  }) => {
    const built = String((await release.stack.outputs())['image']);
    const [fat, ...thin] = [
      pushed('fat', fatVariant(built, 'fat', fatMiB)),
      pushed('second', harmlessVariant(built, 'second')),
      pushed('third', harmlessVariant(built, 'third')),
    ];
    const traffic = release.trafficTo(first, ratePerSecond);
    for (const image of [fat, ...thin]) {
      await update(image);
      await untilSeen(image);
    }
    await annotate(await summary('three releases', traffic));
    expect([...traffic.counts.failures]).toEqual([]);
    expect(images(first)).toEqual(expect.arrayContaining([fat, ...thin]));
    const before = disk.usedPercent;
    disk.fillTo(88);
    await until(() => !images(first).includes(fat), waiting('the oldest image to go'));
    await annotate(`images: ${before}%, then 88% by something else, then ${disk.usedPercent}%`);
    expect(images(first)).toEqual(expect.arrayContaining(thin));
    expect(disk.usedPercent).toBeLessThan(70);
    expect(await release.events()).toMatch(/images-removed .*the disk is at 8\d%/);
    expect((await ses.mails()).map(({ subject }) => subject)).toEqual([]);
    // The other host has room.
    expect(images(other)).toEqual(expect.arrayContaining([fat, ...thin]));
    disk.free();
  });

  test('proxies serve while the disk of Redis is full, an alert arrives, and everything comes back once there is room', async ({
    annotate,
  }) => {
    await perch('flags', 'set', 'kept', flag);
    const before = await perch('status', '--json');
    const traffics = [first, other].map((machine) => release.trafficTo(machine, ratePerSecond));
    await until(() => traffics.every(({ counts }) => counts.total > 100));
    disk.fill();
    const fullAt = performance.now();
    await until(() => hasMail('Redis refuses writes'), waiting('the alert'));
    await annotate(`told after ${Math.round((performance.now() - fullAt) / 1_000)} s`);
    await expect(perch('flags', 'set', 'lost', flag)).rejects.toThrow(/MISCONF|refuses/);
    // What ends now cannot start again, because Docker has no room for its state.
    const [proxy = ''] = await release.healthy(first, 'proxy');
    const [member = ''] = await release.healthy(first, 'app');
    for (const container of [proxy, member]) {
      await first.query('kill', '-9', await release.processOf(first, container));
    }
    const untilMs = performance.now() + 60_000;
    await until(() => performance.now() > untilMs, { timeoutMs: 120_000, everyMs: 500 });
    await annotate(
      `while full, ${await first.query('docker', 'ps', '--all', '--format', '{{.Names}}: {{.Status}}')}`,
    );
    disk.free();
    for (const machine of [first, other]) await release.untilWhole(machine);
    await until(() => hasMail('Redis takes writes again'), waiting('the end to be told'));
    for (const [index, traffic] of traffics.entries()) {
      await annotate(await summary(`full disk of the first host, proxy ${index + 1}`, traffic));
    }
    const { release: document } = JSON.parse(before) as { release: { generation: number } };
    expect(JSON.parse(await perch('status', '--json'))).toMatchObject({ release: document });
    expect(await perch('flags', 'list')).toContain('kept');
    // Those that the killed proxy and member were handling, and those on their way to them.
    for (const { counts } of traffics) expect(counts.failed).toBeLessThanOrEqual(20);
  });

  test('Redis has everything after a reboot that follows, and the next release goes well', async ({
    annotate,
  }) => {
    await first.reboot();
    await release.untilWhole(first);
    expect(await perch('flags', 'list')).toContain('kept');
    const built = String((await release.stack.outputs())['image']);
    const traffic = release.trafficTo(other, ratePerSecond);
    await update(pushed('fourth', harmlessVariant(built, 'fourth')));
    await annotate(await summary('a release after that', traffic));
    expect([...traffic.counts.failures]).toEqual([]);
  });

  const pushed = (name: string, image: string) =>
    pushImage(`${release.registry}/shop:${name}`, image);

  async function update(image: string): Promise<void> {
    await release.stack.configure('image', image);
    const { output } = await release.stack.up();
    expect(output).not.toContain('error');
  }

  /** Images of a machine that have a digest. */
  function images(machine: Machine): string[] {
    return machine
      .docker('images', '--digests', '--format', '{{.Repository}}@{{.Digest}}')
      .split('\n');
  }

  /** Waits until the first machine's monitor has seen members run an image. */
  async function untilSeen(image: string): Promise<void> {
    const id = await first.query('docker', 'inspect', '--format', '{{.Id}}', image);
    const [redis = ''] = await release.healthy(first, 'redis');
    const read = ['redis-cli', 'hget', redisKeys(service).images(first.name), id];
    const isSeen = async () =>
      (await first.query('docker', 'exec', redis, ...read)).includes(`"${service}/stable"`);
    await until(isSeen, waiting(`${image} to be seen in use`));
  }

  async function perch(...words: string[]): Promise<string> {
    return await first.query('sh', '-c', inMonitor({ service }, words));
  }

  async function hasMail(subject: string): Promise<boolean> {
    return (await ses.mails()).some((mail) => mail.subject.includes(subject));
  }

  async function summary(what: string, traffic: Traffic): Promise<string> {
    await traffic.stop();
    const { total, failed, failures } = traffic.counts;
    const causes = [...failures].map(([cause, count]) => `${count} ${cause}`).join(', ');
    return `${what}: ${total} requests, ${failed} failures (${causes})`;
  }
});

const waiting = (what: string) => ({ what, timeoutMs: 180_000, everyMs: 500 });
