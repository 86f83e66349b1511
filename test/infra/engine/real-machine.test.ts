import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { baseImage } from './support/base-image.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { whyNoMachines } from './support/machine-network.ts';
import type { Machine } from './support/machine.ts';
import { Machines } from './support/machines.ts';
import { accepts } from './support/sshd.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoRealPlugins() ?? whyNoMachines();
const port = 20_000;

describe('A machine of the tests', unless(reason), () => {
  let machines: Machines;
  let machine: Machine;

  beforeAll(async () => {
    machines = await Machines.start(1);
    machine = machines.get(1);
    const serve = `while true; do echo hello | nc -l -p ${port}; done`;
    const publish = `${machine.privateAddress}:${port}:${port}`;
    const options = ['--detach', '--name=server', '--restart=unless-stopped', '--publish', publish];
    machine.docker('run', ...options, baseImage, 'sh', '-c', serve);
  });
  afterAll(async () => await machines[Symbol.asyncDispose]());

  test('serves after it has rebooted', async () => {
    await machine.reboot();
    expect(stateOfServer()).toBe('running');
    await until(() => accepts(port, machine.privateAddress));
  });

  test('does not answer without power', async () => {
    await machine.powerOff();
    expect(await accepts(port, machine.privateAddress, 500)).toBe(false);
    await machine.powerOn();
  });

  test('does not start a container on an address that comes up late', async () => {
    await machine.reboot({ withoutPrivateAddress: true });
    expect(stateOfServer()).toBe('exited');
    machine.addPrivateAddress();
    machine.docker('start', 'server');
    await until(() => accepts(port, machine.privateAddress));
  });

  function stateOfServer(): string {
    return machine.docker('inspect', '--format', '{{.State.Status}}', 'server');
  }
});
