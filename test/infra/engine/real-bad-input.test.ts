import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { leftInDocker } from './support/docker.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings, serverOf } from './support/real-settings.ts';
import { registryLogin, startRegistry, type TestRegistry } from './support/registry.ts';
import { startSshd, type TestSshd } from './support/sshd.ts';
import { stackYaml } from './support/stack-yaml.ts';
import { unless } from '../../support/skip.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const service = 'real-bad-input';

describe('Bad input on target server', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let sshd: TestSshd;
  let registry: TestRegistry;
  let stack: Stack;
  let port: number;

  beforeAll(async () => {
    const engine = started.use(await Engine.start('real'));
    registry = started.use(await startRegistry('login'));
    sshd = started.use(await startSshd());
    const settings = await realSettings(service);
    port = settings.httpPort;
    const yaml = stackYaml({
      ...settings,
      role: 'prod',
      target: 'server',
      servers: [serverOf(sshd)],
      registry: registry.address,
    });
    stack = await engine.stack('bad-input', yaml, { sshPrivateKey: sshd.privateKey });
  });
  afterAll(async () => {
    await stack.destroy();
    await started.disposeAsync();
  });

  const refusal = async (): Promise<string> => {
    const run = await stack.up();
    expect(run).not.toSucceed();
    expect(leftInDocker(service)).toEqual([]);
    return run.output;
  };

  test('target server refuses a machine that does not respond', async () => {
    const nobody = await freePort();
    await stack.configure('servers[0].port', String(nobody));
    const place = `perch:servers[0], one, must accept sshPrivateKey for ${sshd.user}@127.0.0.1:${nobody}`;
    const output = await refusal();
    expect(output).toContain(place);
    expect(output).toContain('Connection refused');
    await stack.configure('servers[0].port', String(sshd.port));
  });

  test('target server refuses a host that shows another key than the pinned one', async () => {
    await stack.configure('servers[0].hostKey', sshd.otherHostKey);
    expect(await refusal()).toContain('and show its hostKey: Host key verification failed.');
    await stack.configure('servers[0].hostKey', sshd.hostKey);
  });

  test('target server refuses a registry that requires a login, without one', async () => {
    expect(await refusal()).toContain('no basic auth credentials');
  });

  test('target server refuses a registry with a wrong password and does not show the password', async () => {
    await stack.configure('registryUsername', registryLogin.username);
    await stack.configureSecret('registryPassword', 'not-the-password');
    const output = await refusal();
    expect(output).toContain('unauthorized');
    expect(output).not.toContain('not-the-password');
  });

  test('target server goes up with the right login, which hosts use to pull', async () => {
    await stack.configureSecret('registryPassword', registryLogin.password);
    const run = await stack.up();
    expect(run.output).not.toContain('error');
    const tally = await new Traffic({ host: '127.0.0.1', port }).send(20, 2);
    expect(tally.answeredBy('stable')).toBe(20);
  });
});
