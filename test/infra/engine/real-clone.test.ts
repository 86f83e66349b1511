import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { leftInDocker } from './support/docker.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings, serverOf } from './support/real-settings.ts';
import { startRegistry } from './support/registry.ts';
import { startSshd } from './support/sshd.ts';
import { stackYaml } from './support/stack-yaml.ts';
import { underLoad } from './support/under-load.ts';
import { unless } from '../../support/skip.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const service = 'real-clone';

/** The state as release 0.2 would have left it in a clone that this machine does not have. */
function withAbsolutePaths(state: string): string {
  return state
    .replaceAll(/\\"-o\\",\\"(IgnoreUnknown|KnownHostsCommand)=[^"\\]*\\",/g, '')
    .replaceAll('=../.perch/', '=/nowhere/.perch/');
}

describe('A stack of a real server in a fresh clone of another user', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let port: number;
  /** Folder of the second clone. */
  let folder: string;
  /** The stack in the clone that it went up from. */
  let first: Stack;
  /** That stack in another clone. */
  let second: Stack;

  beforeAll(async () => {
    const registry = started.use(await startRegistry());
    const sshd = started.use(await startSshd());
    const config = {
      ...(await realSettings(service)),
      role: 'local',
      target: 'server',
      canaryWeight: '25',
      servers: [serverOf(sshd)],
      registry: registry.address,
    };
    port = config.httpPort;
    const inClone = async (umask: string) => {
      const engine = started.use(await Engine.startFreshClone(umask));
      folder = engine.project;
      return await engine.stack(service, stackYaml(config), { sshPrivateKey: sshd.privateKey });
    };
    first = await inClone('022');
    second = await inClone('002');
    await first.must(['up', '--yes', '--skip-preview', '--stack', service]);
  });
  afterAll(async () => {
    await first.destroy();
    await started.disposeAsync();
  });

  test('pulumi refresh under load finds nothing changed and fails no request', async ({
    annotate,
  }) => {
    await second.importState(await first.exported());
    const { result: run, load } = await loaded(() => second.refresh());
    await annotate(load.summary);
    expect(run.output).not.toContain('error');
    expect(run.output).not.toMatch(/updated|deleted/);
    expect(load.failures).toEqual([]);
  });

  test('pulumi preview has nothing to do', async () => {
    const run = await second.preview();
    expect(run.output).not.toContain('error');
    expect(run.output).toMatch(/\d+ unchanged/);
    expect(run).toSucceed();
  });

  test('an update under load changes nothing and fails no request', async ({ annotate }) => {
    const { result, load } = await loaded(() => second.upBySteps());
    await annotate(load.summary);
    expect(result.output).not.toContain('error');
    expect(result.steps.filter(({ operation }) => operation !== 'same')).toEqual([]);
    expect(load.failures).toEqual([]);
  });

  test('an update to a new version under load swaps the members and fails no request', async ({
    annotate,
  }) => {
    await second.configure('version', 'v2');
    const { result: run, load } = await loaded(() => second.up());
    await annotate(load.summary);
    expect(run.output).not.toContain('error');
    expect(load.failures).toEqual([]);
    const versions = new Set<string | null>();
    for (let sent = 0; sent < 20; sent += 1) {
      const response = await fetch(`http://127.0.0.1:${port}/version`);
      versions.add(response.headers.get('x-perch-version'));
    }
    expect(versions).toEqual(new Set(['v2']));
  });

  test('a state with the absolute paths of another clone is refreshed by the program, and an update changes only the paths', async () => {
    await second.importState(withAbsolutePaths(await second.exported()));
    const run = await second.refresh('--run-program');
    expect(run.output).not.toContain('error');
    await second.importState(withAbsolutePaths(await second.exported()));
    const { output, steps } = await second.upBySteps();
    expect(output).not.toContain('error');
    const changed = steps.filter(({ operation }) => operation !== 'same');
    expect(changed).toEqual([
      { operation: 'update', type: 'pulumi:providers:docker', name: 'one' },
    ]);
  });

  test('pulumi destroy in a clone without key files fails no request before the proxy goes', async ({
    annotate,
  }) => {
    await rm(join(folder, '.perch'), { recursive: true });
    const { result: run, load } = await loaded(() => second.destroy());
    await annotate(load.summary);
    expect(run.output).not.toContain('error');
    expect(load.failuresBeforeEnd).toEqual([]);
    expect(leftInDocker(service)).toEqual([]);
  });

  const loaded = <T>(work: () => Promise<T>) => underLoad({ service, port }, work);
});
