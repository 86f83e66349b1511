import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { whyNoMachines } from './support/machine-network.ts';
import { MachineRelease } from './support/machine-release.ts';
import type { Machine } from './support/machine.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 900_000 });

const reason = whyNoRealPlugins() ?? whyNoMachines();
const ratePerSecond = 40;

describe('Hosts that reboot, for real', unless(reason), () => {
  let release: MachineRelease;
  /** Host of Redis and of the commands. */
  let first: Machine;
  let other: Machine;

  beforeAll(async () => {
    release = await MachineRelease.start('real-reboot', 2, { stableCount: 4, proxyWorkers: 2 });
    first = release.machines.get(1);
    other = release.machines.get(2);
  });
  afterAll(async () => await release[Symbol.asyncDispose]());

  test('a proxy that is killed costs no request after that', async ({ annotate }) => {
    const traffic = release.trafficTo(first, ratePerSecond);
    await until(() => traffic.counts.total > 100);
    const [proxy = ''] = await release.healthy(first, 'proxy');
    const { inFlight } = traffic;
    await first.query('kill', '-9', await release.processOf(first, proxy));
    await untilServed(traffic);
    await release.untilWhole(first);
    await annotate(await summary('kill -9 of a proxy container', traffic));
    // Those that it was handling, and those on their way to it.
    expect(traffic.counts.failed).toBeLessThanOrEqual(inFlight + 20);
  });

  test('the other hosts serve while a host has no power, and all do once it is back', async ({
    annotate,
  }) => {
    const traffic = release.trafficTo(first, ratePerSecond);
    await until(() => traffic.counts.total > 100);
    await other.powerOff();
    await untilServed(traffic);
    await other.powerOn();
    await release.untilWhole(other);
    await untilServed(traffic);
    await annotate(await summary('reboot of a host with members', traffic));
    for (const machine of [first, other]) await expectAllMembers(machine);
  });

  test('proxies serve while the host of Redis has no power, also those that start meanwhile', async ({
    annotate,
  }) => {
    const traffic = release.trafficTo(other, ratePerSecond);
    await until(() => traffic.counts.total > 100);
    await first.powerOff();
    await untilServed(traffic);
    await annotate(await summary('loss of the host of Redis', traffic));
    await other.reboot();
    const afterReboot = release.trafficTo(other, ratePerSecond);
    await untilServed(afterReboot);
    await afterReboot.stop();
    await first.powerOn();
    for (const machine of [first, other]) await release.untilWhole(machine);
    for (const machine of [first, other]) await expectAllMembers(machine);
  });

  test('members start once a private address is there, but for the one that a person stopped', async () => {
    const [stopped = '', ...others] = await release.healthy(other, 'app');
    other.docker('stop', stopped);
    await other.reboot({ withoutPrivateAddress: true });
    await until(async () => (await release.healthy(other, 'monitor')).length === 1, {
      what: 'the monitor to run',
      timeoutMs: 120_000,
      everyMs: 200,
    });
    expect(await release.healthy(other, 'app')).toEqual([]);
    other.addPrivateAddress();
    await until(async () => (await release.healthy(other, 'app')).length === others.length, {
      what: 'the monitor to start the members',
      timeoutMs: 120_000,
      everyMs: 200,
    });
    expect(await release.healthy(other, 'app')).toEqual(others);
    expect(await release.events()).toMatch(/container-started .*cannot assign requested address/);
    other.docker('start', stopped);
    await release.untilWhole(other);
  });

  test('a restart of Docker with live-restore stops no container, and the monitor finds Docker again', async ({
    annotate,
  }) => {
    await keepContainersAlive(other);
    const traffic = release.trafficTo(other, ratePerSecond);
    await until(() => traffic.counts.total > 100);
    await other.restartDocker();
    await release.untilWhole(other);
    await untilServed(traffic);
    await annotate(await summary('restart of Docker with live-restore', traffic));
    // Docker restarts a member that ends, and the monitor one that Docker cannot restart.
    const [member = ''] = await release.healthy(other, 'app');
    other.removePrivateAddress();
    await other.query('kill', '-9', await release.processOf(other, member));
    await until(async () => (await release.errorOf(other, member)) !== '', {
      what: 'Docker to fail to restart the member',
      timeoutMs: 60_000,
      everyMs: 200,
    });
    other.addPrivateAddress();
    await release.untilWhole(other);
  });

  /** Waits until a number of requests in a row have succeeded. */
  async function untilServed(traffic: Traffic): Promise<void> {
    const served = async () => (await traffic.send(100, 4)).failed === 0;
    await until(served, { what: 'all requests to be answered', timeoutMs: 120_000 });
  }

  async function expectAllMembers(machine: Machine): Promise<void> {
    const traffic = release.trafficTo(machine, 0);
    await until(async () => (await traffic.send(200, 8)).members.size === 4, {
      what: 'all members to get requests',
      timeoutMs: 120_000,
    });
    await traffic.stop();
  }

  async function summary(what: string, traffic: Traffic): Promise<string> {
    await traffic.stop();
    const { total, failed, failures } = traffic.counts;
    const causes = [...failures].map(([cause, count]) => `${count} ${cause}`).join(', ');
    return `${what}: ${total} requests, ${failed} failures (${causes})`;
  }

  async function keepContainersAlive(machine: Machine): Promise<void> {
    const setting = `mkdir -p /etc/docker && echo '{"live-restore": true}' > /etc/docker/daemon.json`;
    machine.run('sh', '-c', `${setting} && kill -HUP "$(cat /run/docker.pid)"`);
    const isOn = () => machine.query('docker', 'info', '--format', '{{.LiveRestoreEnabled}}');
    await until(async () => (await isOn()) === 'true', { what: 'live-restore to be on' });
  }
});
