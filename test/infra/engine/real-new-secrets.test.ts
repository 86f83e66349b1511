import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { inMonitor } from '../../../infra/shell/in-monitor.ts';
import { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { overrideFields } from '../../../runtime/proxy/routing/track-override.ts';
import { unless } from '../../support/skip.ts';
import { leftInDocker } from './support/docker.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings, serverOf } from './support/real-settings.ts';
import { startRegistry } from './support/registry.ts';
import type { SshKey } from './support/ssh-key.ts';
import { startSshd, type TestSshd } from './support/sshd.ts';
import { stackYaml } from './support/stack-yaml.ts';
import { underLoad } from './support/under-load.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const service = 'real-new-secrets';

describe('Secrets of a stack of a real server, replaced under load', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let sshd: TestSshd;
  let prod: Stack;
  let canary: Stack;
  let port: number;
  let newKey: SshKey;

  beforeAll(async () => {
    const engine = started.use(await Engine.start('real'));
    const registry = started.use(await startRegistry());
    sshd = started.use(await startSshd());
    newKey = sshd.makeKey();
    const config = {
      ...(await realSettings(service)),
      target: 'server',
      servers: [serverOf(sshd)],
      registry: registry.address,
      sshPublicKey: sshd.publicKey,
    };
    port = config.httpPort;
    const yaml = (values: Record<string, unknown>) => stackYaml({ ...config, ...values });
    const secrets = { sshPrivateKey: sshd.privateKey };
    prod = await engine.stack('secrets-prod', yaml({ role: 'prod' }), secrets);
    const joined = {
      role: 'canary',
      prodStack: 'organization/perch/secrets-prod',
      canaryWeight: '25',
    };
    canary = await engine.stack('secrets-canary', yaml(joined), secrets);
    for (const stack of [prod, canary]) {
      await stack.must(['up', '--yes', '--skip-preview', '--stack', stack.name]);
    }
  });
  afterAll(async () => {
    await canary.destroy();
    await prod.destroy();
    await started.disposeAsync();
  });

  test('an update with a new key that the server does not accept yet changes nothing and fails no request', async ({
    annotate,
  }) => {
    const before = containers();
    await configureKey(prod, newKey);
    const { load, result: run } = await loaded(() => prod.up());
    await annotate(load.summary);
    expect(run).not.toSucceed();
    expect(run.output).toContain('preflight failed, nothing was changed:');
    expect(run.output).toContain('must accept sshPrivateKey');
    expect(load.failures).toEqual([]);
    expect(containers()).toEqual(before);
  });

  test('an update with the new key, which the server accepts beside the old one, touches no container and fails no request', async ({
    annotate,
  }) => {
    const before = containers();
    sshd.accept(sshd.publicKey, newKey.publicKey);
    const { load, result: run } = await loaded(() => prod.up());
    await annotate(load.summary);
    expect(run.output).not.toContain('error');
    expect(load.failures).toEqual([]);
    expect(containers()).toEqual(before);
  });

  test('an ejected canary stays ejected when its stack gets the new key after the server has forgotten the old one', async ({
    annotate,
  }) => {
    const before = containers();
    sshd.accept(newKey.publicKey);
    expect(opens(newKey.privateKey)).toBe(true);
    expect(opens(sshd.privateKey)).toBe(false);
    perch('eject', '--reason', 'a person has seen harm');
    await configureKey(canary, newKey);
    const { load, result: run } = await loaded(() => canary.up());
    await annotate(load.summary);
    expect(run.output).not.toContain('error');
    expect(load.failures).toEqual([]);
    expect(containers()).toEqual(before);
    const { weight, members } = release();
    expect(weight).toBe(0);
    expect(members.filter(({ track }) => track === 'canary').map(({ state }) => state)).toEqual([
      'ejected',
    ]);
    perch('reinstate', '--reason', 'it was not harm');
    perch('weight', '10');
  });

  test('a weight that a person has set stays when a key changes', async () => {
    const other = sshd.makeKey();
    sshd.accept(newKey.publicKey, other.publicKey);
    await configureKey(canary, other);
    const run = await canary.up();
    expect(run.output).not.toContain('error');
    expect(release().weight).toBe(10);
    await configureKey(canary, newKey);
    expect((await canary.up()).output).not.toContain('error');
    sshd.accept(newKey.publicKey);
  });

  test('refresh and an update to a new version work with the new key alone and fail no request', async ({
    annotate,
  }) => {
    for (const stack of [prod, canary]) await stack.configure('version', 'v2');
    const { load, result: runs } = await loaded(async () => [
      await prod.refresh(),
      await prod.up(),
      await canary.refresh(),
      await canary.up(),
    ]);
    await annotate(load.summary);
    for (const { output } of runs) expect(output).not.toContain('error');
    expect(load.failures).toEqual([]);
    const { weight, members } = release();
    expect(weight).toBe(25);
    expect(members.map(({ version }) => version)).toEqual(['v2', 'v2', 'v2']);
  });

  test('a new Redis password reaches every container and fails no request', async ({
    annotate,
  }) => {
    const before = containers();
    const old = redisPassword();
    const { load, result: runs } = await loaded(async () => [
      await prod.up('--replace', '**::redis-password'),
      await canary.up(),
    ]);
    await annotate(load.summary);
    for (const { output } of runs) expect(output).not.toContain('error');
    expect(load.failures).toEqual([]);
    expect(redisPassword()).not.toBe(old);
    expect(redisAccepts(old)).toBe(false);
    expect(redisAccepts(redisPassword())).toBe(true);
    // Each of them has the password, directly or in a URL.
    const after = containers();
    expect(after).toHaveLength(before.length);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
    expect(release().weight).toBe(25);
    await evenlySplit();
  });

  test('a new override token replaces the proxies alone and fails no request', async ({
    annotate,
  }) => {
    const before = containers();
    const old = String((await prod.outputs())['overrideToken']);
    expect(await tracksWith(old)).toEqual(new Set(['canary']));
    const { load, result: run } = await loaded(() => prod.up('--replace', '**::override-token'));
    await annotate(load.summary);
    expect(run.output).not.toContain('error');
    expect(load.failures).toEqual([]);
    expect(containers('proxy').filter((id) => before.includes(id))).toEqual([]);
    expect(containers().filter((id) => !before.includes(id))).toEqual(containers('proxy'));
    const token = String((await prod.outputs())['overrideToken']);
    expect(await tracksWith(token)).toEqual(new Set(['canary']));
    expect(await tracksWith(old)).toContain('stable');
  });

  test('destroying both stacks with the new key leaves no container, network or volume', async () => {
    expect(await canary.destroy()).toSucceed();
    expect(await prod.destroy()).toSucceed();
    expect(leftInDocker(service)).toEqual([]);
  });

  const loaded = <T>(work: () => Promise<T>) => underLoad({ service, port }, work);

  async function configureKey(stack: Stack, { privateKey, publicKey }: SshKey): Promise<void> {
    await stack.configure('sshPublicKey', publicKey);
    await stack.configureSecret('sshPrivateKey', privateKey);
  }

  /** True if the server accepts the key. */
  function opens(privateKey: string): boolean {
    const folder = mkdtempSync(join(tmpdir(), 'perch-key-'));
    const file = join(folder, 'key');
    writeFileSync(file, privateKey, { mode: 0o600 });
    const options = ['BatchMode=yes', 'IdentitiesOnly=yes', 'StrictHostKeyChecking=no']
      .concat('UserKnownHostsFile=/dev/null')
      .flatMap((option) => ['-o', option]);
    const where = ['-p', String(sshd.port), `${sshd.user}@127.0.0.1`, 'true'];
    const { status } = spawnSync('ssh', ['-F', 'none', '-i', file, ...options, ...where]);
    rmSync(folder, { recursive: true });
    return status === 0;
  }

  function perch(...words: readonly string[]): string {
    return execFileSync('sh', ['-c', inMonitor({ service }, words)], { encoding: 'utf8' });
  }

  function release(): ReleaseDocument {
    return (JSON.parse(perch('status', '--json')) as { release: ReleaseDocument }).release;
  }

  /** Ids of the running containers, by default of every part. */
  function containers(part?: string): string[] {
    const labels = [
      `perch.service=${service}`,
      ...(part === undefined ? [] : [`perch.part=${part}`]),
    ];
    const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
    const ids = execFileSync('docker', ['ps', '--quiet', '--no-trunc', ...filters], {
      encoding: 'utf8',
    });
    return ids.split('\n').filter(Boolean).toSorted();
  }

  function redisPassword(): string {
    const [id = ''] = containers('redis');
    const line = '{{range .Config.Env}}{{println .}}{{end}}';
    const lines = execFileSync('docker', ['inspect', '--format', line, id], { encoding: 'utf8' });
    return /^REDISCLI_AUTH=(.*)$/m.exec(lines)?.[1] ?? '';
  }

  function redisAccepts(password: string): boolean {
    const [id = ''] = containers('redis');
    const ask = ['exec', '--env', 'REDISCLI_AUTH', id, 'redis-cli', 'ping'];
    const { stdout } = spawnSync('docker', ask, {
      encoding: 'utf8',
      env: { ...process.env, REDISCLI_AUTH: password },
    });
    return stdout.trim() === 'PONG';
  }

  /** Tracks that answered requests for the canary. */
  async function tracksWith(token: string): Promise<Set<string | null>> {
    const headers = { [overrideFields.track]: 'canary', [overrideFields.token]: token };
    const answered = new Set<string | null>();
    for (let sent = 0; sent < 40; sent += 1) {
      const response = await fetch(`http://127.0.0.1:${port}/version`, { headers });
      answered.add(response.headers.get('x-perch-track'));
    }
    return answered;
  }

  async function evenlySplit(): Promise<void> {
    const tally = await new Traffic({ host: '127.0.0.1', port }).send(400, 8);
    expect([...tally.failures]).toEqual([]);
    expect(Math.abs(tally.answeredBy('canary') - 100)).toBeLessThanOrEqual(15);
  }
});
