import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { labels } from '../../../runtime/contract/labels.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { startFaultyRegistry, type FaultyRegistry } from './support/faulty-registry.ts';
import { harmlessVariant } from './support/image-variants.ts';
import { realSettings, serverOf } from './support/real-settings.ts';
import { startRegistry, whyNoRegistry } from './support/registry.ts';
import { startSshd } from './support/sshd.ts';
import { stackYaml } from './support/stack-yaml.ts';
import { unless } from '../../support/skip.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins() ?? whyNoRegistry();
const service = 'real-images';

const docker = (...args: string[]) =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

const idsOf = (...filters: string[]) =>
  docker('ps', '-q', ...filters.flatMap((filter) => ['--filter', `label=${filter}`]))
    .split('\n')
    .filter((id) => id !== '');

const isHere = (image: string) => docker('images', '-q', '--no-trunc', image) !== '';

describe('Images of a stack of servers on a real engine', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let engine: Engine;
  let stack: Stack;
  let registry: FaultyRegistry;
  /** Releases that are in the registry and not on the host, by digest. */
  let first: string;
  let second: string;
  let third: string;

  beforeAll(async () => {
    engine = started.use(await Engine.start('real'));
    const real = started.use(await startRegistry());
    registry = started.use(await startFaultyRegistry(real.address));
    const sshd = started.use(await startSshd());
    const own = { role: 'prod', target: 'server', servers: [serverOf(sshd)], stableCount: 1 };
    const settings = { ...(await realSettings(service)), ...own, registry: registry.address };
    const secrets = { sshPrivateKey: sshd.privateKey };
    stack = await engine.stack(service, stackYaml(settings), secrets);
    const run = await stack.up();
    if (!run.ok) throw new Error(run.output);
    const outputs = await stack.outputs();
    await stack.configure('runtimeImage', String(outputs['runtimeImage']));
    const built = String(outputs['image']);
    [first = '', second = '', third = ''] = ['first', 'second', 'third'].map((name) => {
      const tag = `${real.address}/shop:${name}`;
      docker('tag', harmlessVariant(built, name), tag);
      docker('push', '--quiet', tag);
      const digest = docker('inspect', '--format', '{{index .RepoDigests 0}}', tag);
      docker('rmi', tag);
      return digest.replace(real.address, registry.address);
    });
  });
  afterAll(async () => {
    await stack.destroy();
    await started.disposeAsync();
    for (const image of [first, second].filter((name) => isHere(name))) docker('rmi', image);
  });

  /** The images of the members that run. */
  const serving = () =>
    idsOf(`${labels.service}=${service}`, `${labels.part}=app`).map((id) =>
      docker('inspect', '--format', '{{.Config.Image}}', id),
    );

  test('an update pulls the image although the registry refuses it twice', async () => {
    registry.failNext(429, 503);
    await stack.configure('image', first);
    const run = await stack.up();
    expect(run.output).not.toContain('error');
    expect(registry.manifests.filter((status) => status !== 0).slice(-2)).toEqual([429, 503]);
    expect(serving()).toEqual([first]);
  });

  test('a rollback needs no registry while the host has the image', async () => {
    await stack.configure('image', second);
    expect(await stack.up()).toSucceed();
    const asked = registry.manifests.length;
    await stack.configure('image', first);
    expect(await stack.up()).toSucceed();
    expect(serving()).toEqual([first]);
    expect(registry.manifests).toHaveLength(asked);
  });

  test('an image that was removed from the host comes back by a pull', async () => {
    // As a monitor removes it: by its name, without force.
    docker('rmi', second);
    expect(isHere(second)).toBe(false);
    await stack.configure('image', second);
    expect(await stack.refresh()).toSucceed();
    const run = await stack.up();
    expect(run.output).not.toContain('error');
    expect(serving()).toEqual([second]);
  });

  test('a deployment of an image that its registry has removed names it, and changes nothing', async () => {
    const [address = '', digest = ''] = third.split('@');
    const [host = '', ...path] = address.split('/');
    const url = `http://${host}/v2/${path.join('/')}/manifests/${digest}`;
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(202);
    await stack.configure('image', third);
    const run = await engine.deploy(['--stack', stack.name, '--verify', '0']);
    await stack.configure('image', second);
    expect(run).not.toSucceed();
    const [, summary] = /^deploy: (deployment of .*)$/m.exec(run.output) ?? [];
    expect(summary).toContain(
      `failed: image ${third} is no longer in the registry: release again, or set perch:image to one that is there`,
    );
    expect(serving()).toEqual([second]);
  });

  test('members have an init process', () => {
    const ids = idsOf(`${labels.service}=${service}`, `${labels.part}=app`);
    const states = ids.map((id) => docker('inspect', '--format', '{{.HostConfig.Init}}', id));
    expect(states).toEqual(['true']);
  });

  test('a new startTimeoutSeconds shows no change after a refresh', async () => {
    await stack.configure('startTimeoutSeconds', '150');
    expect(await stack.up()).toSucceed();
    const refreshed = await stack.refresh();
    expect(refreshed.output).not.toMatch(/\d+ (created|updated|deleted|replaced)/);
    const run = await stack.up();
    expect(run.output).not.toMatch(/\d+ (created|updated|deleted|replaced)/);
  });

  test('a stack whose images are gone from the host is destroyed', async () => {
    docker('rmi', first);
    expect(await stack.destroy()).toSucceed();
  });
});
