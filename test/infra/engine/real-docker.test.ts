import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { inMonitor } from '../../../infra/shell/in-monitor.ts';
import { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import { until } from '../../support/until.ts';
import { docker, leftInDocker } from './support/docker.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings } from './support/real-settings.ts';
import { stackYaml } from './support/stack-yaml.ts';
import { unless } from '../../support/skip.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const service = 'real-docker';
const requests = 5_000;

/** Containers of the service's members. */
function memberContainers(): string[] {
  const labels = [`perch.service=${service}`, 'perch.part=app'];
  const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
  return docker('ps', '--quiet', ...filters).split('\n');
}

describe('Target docker on a real engine', unless(reason), () => {
  let engine: Engine;
  let stack: Stack;
  let port: number;

  beforeAll(async () => {
    engine = await Engine.start('real');
    const settings = await realSettings(service);
    port = settings.httpPort;
    const own = { role: 'local', target: 'docker', canaryWeight: '25', version: 'v1' };
    stack = await engine.stack('real-docker', stackYaml({ ...settings, ...own }));
  });
  afterAll(async () => {
    await stack.destroy();
    await engine[Symbol.asyncDispose]();
  });

  test('a stack on target docker goes up and splits requests exactly', async () => {
    const run = await stack.up();
    expect(run.output).not.toContain('error');
    const tally = await new Traffic({ host: '127.0.0.1', port }).send(400, 8);
    expect([...tally.failures]).toEqual([]);
    // Each of the two workers splits exactly, and each may be in the middle of a block.
    expect(Math.abs(tally.answeredBy('canary') - 100)).toBeLessThanOrEqual(15);
  });

  test('an update on target docker without a change does nothing', async () => {
    const run = await stack.up();
    expect(run.output).toMatch(/\d+ unchanged/);
    expect(run.output).not.toMatch(/\d+ (created|updated|deleted|replaced)/);
  });

  test('a memory limit that the monitor has raised is no drift, and stays', async () => {
    const [id = ''] = memberContainers();
    const limits = () =>
      docker('inspect', '--format', '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}', id);
    const raised = `${Number(limits().split(' ')[0]) + 64 * 1_048_576}`;
    docker('update', '--memory', raised, '--memory-swap', raised, id);
    const check = ['refresh', '--preview-only', '--expect-no-changes', '--stack', 'real-docker'];
    expect(await engine.run(check)).toSucceed();
    const run = await stack.up();
    expect(run.output).not.toMatch(/\d+ (created|updated|deleted|replaced)/);
    expect(limits()).toBe(`${raised} ${raised}`);
  });

  test(`a release under load on target docker fails none of ${requests} requests`, async () => {
    const traffic = new Traffic({ host: '127.0.0.1', port });
    traffic.setRate(100);
    await stack.configure('version', 'v2');
    const run = await stack.up();
    await until(() => traffic.counts.total >= requests, { timeoutMs: 300_000 });
    await traffic.pause();
    expect(run).toSucceed();
    expect([...traffic.counts.failures]).toEqual([]);
    expect(traffic.counts.members.size).toBe(6);
  });

  test('a member evaluates a flag at the flags server of its host', async () => {
    await stack.configure('flagEndpoint', 'true');
    expect(await stack.up()).toSucceed();
    const flag = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'on' };
    const set = ['flags', 'set', 'new_checkout', JSON.stringify(flag)];
    execFileSync('sh', ['-c', inMonitor({ service }, set)]);
    const [member = ''] = memberContainers();
    const ask = `
      const url = process.env.PERCH_FLAGS_URL + '/ofrep/v1/evaluate/flags/new_checkout';
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body: '{"context":{}}' });
      console.log(await response.text());`;
    const evaluated = () => docker('exec', member, 'node', '--input-type=module', '--eval', ask);
    await until(() => evaluated().includes('"variant":"on"'), { what: 'the flag', everyMs: 200 });
  });

  test('an update on target docker leaves the old version serving if the new one never gets healthy', async () => {
    await stack.configure('startTimeoutSeconds', '8');
    await stack.configure('healthCommand[0]', '/bin/false');
    const run = await stack.up();
    expect(run).not.toSucceed();
    expect(run.output).toMatch(/container \S+ did not become healthy within 8 s/);
    expect(run.output).toContain('its last log lines:');
    const tally = await new Traffic({ host: '127.0.0.1', port }).send(200, 8);
    expect([...tally.failures]).toEqual([]);
  });

  test('the next update on target docker finishes a failed one', async () => {
    await stack.must(['config', 'rm', '--stack', 'real-docker', 'perch:healthCommand']);
    await stack.configure('startTimeoutSeconds', '120');
    const run = await stack.up();
    expect(run.output).not.toContain('error');
    const members = leftInDocker(`perch.service=${service}`).filter((line) =>
      line.includes('perch.part=app'),
    );
    expect(members).toHaveLength(3);
  });

  test('destroying a stack on target docker leaves no container, network or volume', async () => {
    expect(await stack.destroy()).toSucceed();
    expect(leftInDocker(service)).toEqual([]);
  });
});
