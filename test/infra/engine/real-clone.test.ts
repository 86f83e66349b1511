import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import { leftInDocker } from './support/docker.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings, serverOf } from './support/real-settings.ts';
import { startRegistry } from './support/registry.ts';
import { startSshd } from './support/sshd.ts';
import { stackYaml } from './support/stack-yaml.ts';
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

describe('A stack of a real server in a clone that never ran its program', unless(reason), () => {
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
    const inClone = async () => {
      const engine = started.use(await Engine.startClone('real'));
      folder = engine.project;
      return await engine.stack(service, stackYaml(config), { sshPrivateKey: sshd.privateKey });
    };
    first = await inClone();
    second = await inClone();
    await first.must(['up', '--yes', '--skip-preview', '--stack', service]);
  });
  afterAll(async () => {
    await first.destroy();
    await started.disposeAsync();
  });

  test('pulumi refresh finds nothing changed', async () => {
    await second.importState(await first.exported());
    const run = await second.refresh();
    expect(run.output).not.toContain('error');
    expect(run.output).not.toMatch(/updated|deleted/);
  });

  test('an update under load changes nothing and fails no request', async () => {
    const traffic = new Traffic({ host: '127.0.0.1', port });
    traffic.setRate(50);
    const { output, steps } = await second.upBySteps();
    await traffic.pause();
    expect(output).not.toContain('error');
    expect(steps.filter(({ operation }) => operation !== 'same')).toEqual([]);
    expect([...traffic.counts.failures]).toEqual([]);
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

  test('pulumi destroy in a clone without key files fails no request before the proxy goes', async () => {
    await rm(join(folder, '.perch'), { recursive: true });
    const traffic = new Traffic({ host: '127.0.0.1', port });
    traffic.setRate(50);
    const run = await second.destroy();
    await traffic.pause();
    expect(run.output).not.toContain('error');
    // Once the proxy is gone, nothing listens. Until then, every request was answered.
    const causes = [...traffic.counts.failures.keys()];
    expect(causes.filter((cause) => cause !== 'ECONNREFUSED')).toEqual([]);
    expect(leftInDocker(service)).toEqual([]);
  });
});
