import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import { inMonitor } from '../../../infra/shell/in-monitor.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { leftInDocker } from './support/docker.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings, serverOf } from './support/real-settings.ts';
import { startRegistry } from './support/registry.ts';
import { startSshd, type TestSshd } from './support/sshd.ts';
import { stackYaml } from './support/stack-yaml.ts';
import { unless } from '../../support/skip.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const service = 'real-server';

describe('Target server over a real ssh server', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let sshd: TestSshd;
  let prod: Stack;
  let canary: Stack;
  let port: number;

  beforeAll(async () => {
    const engine = started.use(await Engine.start('real'));
    const registry = started.use(await startRegistry());
    sshd = started.use(await startSshd());
    const config = {
      ...(await realSettings(service)),
      target: 'server',
      servers: [serverOf(sshd)],
      registry: registry.address,
    };
    port = config.httpPort;
    const yaml = (values: Record<string, unknown>) => stackYaml({ ...config, ...values });
    const secrets = { sshPrivateKey: sshd.privateKey };
    prod = await engine.stack('server-prod', yaml({ role: 'prod' }), secrets);
    const joined = {
      role: 'canary',
      prodStack: 'organization/perch/server-prod',
      canaryWeight: '25',
    };
    canary = await engine.stack('server-canary', yaml(joined), secrets);
  });
  afterAll(async () => {
    await canary.destroy();
    await prod.destroy();
    await started.disposeAsync();
  });

  test('an update refuses a host that shows another key than the pinned one and starts nothing', async () => {
    await setHostKey(sshd.otherHostKey);
    const run = await prod.up();
    expect(run).not.toSucceed();
    expect(run.output).toMatch(/host key|knownhosts|key mismatch/i);
    expect(leftInDocker(service)).toEqual([]);
    await setHostKey(sshd.hostKey);
  });

  test('a prod stack goes up over ssh and serves', async () => {
    const run = await prod.up();
    expect(run.output).not.toContain('error');
    const tally = await new Traffic({ host: '127.0.0.1', port }).send(200, 8);
    expect([...tally.failures]).toEqual([]);
    expect(tally.answeredBy('stable')).toBe(200);
  });

  test('a canary stack joins over ssh and gets its share', async () => {
    const run = await canary.up();
    expect(run.output).not.toContain('error');
    const tally = await new Traffic({ host: '127.0.0.1', port }).send(400, 8);
    expect([...tally.failures]).toEqual([]);
    expect(Math.abs(tally.answeredBy('canary') - 100)).toBeLessThanOrEqual(15);
  });

  test('concurrent updates of prod and canary stack keep the changes of both and fail no request', async ({
    annotate,
  }) => {
    const traffic = new Traffic({ host: '127.0.0.1', port });
    traffic.setRate(50);
    const startedAt = performance.now();
    await Promise.all([prod, canary].map((stack) => stack.configure('version', 'both')));
    const runs = await Promise.all([prod.up(), canary.up()]);
    await traffic.pause();
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    const { total, failed, failures } = traffic.counts;
    await annotate(`${seconds} s, ${total} requests, ${failed} failures`);
    expect(runs.map(({ ok }) => ok)).toEqual([true, true]);
    expect([...failures]).toEqual([]);
    const status = execFileSync('sh', ['-c', inMonitor({ service }, ['status', '--json'])], {
      encoding: 'utf8',
    });
    const { release } = JSON.parse(status) as { release: ReleaseDocument };
    const kinds = release.members.map(
      ({ track, version, state }) => `${track} ${version} ${state}`,
    );
    expect(kinds.toSorted()).toEqual([
      'canary both active',
      'stable both active',
      'stable both active',
    ]);
    expect(release.weight).toBe(25);
    const tally = await new Traffic({ host: '127.0.0.1', port }).send(400, 8);
    expect([...tally.failures]).toEqual([]);
    expect(Math.abs(tally.answeredBy('canary') - 100)).toBeLessThanOrEqual(15);
  });

  test('destroying a canary stack under load fails no request', async () => {
    const traffic = new Traffic({ host: '127.0.0.1', port });
    traffic.setRate(50);
    const run = await canary.destroy();
    await traffic.pause();
    expect(run).toSucceed();
    expect(traffic.counts.answeredBy('canary')).toBeGreaterThan(0);
    expect(traffic.counts.total).toBeGreaterThan(50);
    expect([...traffic.counts.failures]).toEqual([]);
  });

  test('destroying a prod stack leaves no container, network or volume', async () => {
    expect(await prod.destroy()).toSucceed();
    expect(leftInDocker(service)).toEqual([]);
  });

  async function setHostKey(hostKey: string): Promise<void> {
    await prod.configure('servers[0].hostKey', hostKey);
  }
});
