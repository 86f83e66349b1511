import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { inMonitor } from '../../../infra/shell/in-monitor.ts';
import { Pebble, whyNoPebble } from '../../support/acme/pebble.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { leftInDocker } from './support/docker.ts';
import { Engine, type Stack } from './support/engine.ts';
import { askHost, HostLoad, type HostPort } from './support/host-load.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings, serverOf } from './support/real-settings.ts';
import { startRegistry } from './support/registry.ts';
import { startSshd } from './support/sshd.ts';
import { stackYaml } from './support/stack-yaml.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins() ?? whyNoPebble();
const service = 'real-console-shop';
const consoleService = `${service}-console`;
const hosts = { shop: 'shop.perch.internal', console: 'console.perch.internal' };
const signIn = {
  issuer: 'https://id.perch.internal',
  clientId: 'perch',
  users: ['ann@perch.internal'],
};

describe('A console under a host name of its own', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let stack: Stack;
  let https: HostPort & { readonly ca: string };

  beforeAll(async () => {
    const settings = await realSettings(service);
    const pebble = started.use(await Pebble.start({ challengePort: settings.httpPort }));
    https = { port: await freePort(), ca: await pebble.root() };
    const engine = started.use(await Engine.start('real'));
    const registry = started.use(await startRegistry());
    const sshd = started.use(await startSshd());
    const yaml = stackYaml({
      ...settings,
      role: 'prod',
      target: 'server',
      tls: 'acme',
      version: 'v1',
      stableCount: 1,
      hosts: [hosts.shop],
      httpsPort: https.port,
      acmeDirectory: pebble.directoryUrl,
      acmeCaCertificate: pebble.caCertificate,
      servers: [serverOf(sshd)],
      registry: registry.address,
    });
    stack = await engine.stack('hosted-console', yaml, { sshPrivateKey: sshd.privateKey });
    expect((await stack.up()).output).not.toContain('error');
    await answered(hosts.shop, '/version');
  });
  afterAll(async () => {
    await stack.destroy();
    await started.disposeAsync();
  });

  test('the console comes under load, with a certificate, and asks who is there', async ({
    annotate,
  }) => {
    const load = new HostLoad(https, [hosts.shop]);
    await stack.configure('consoleHost', hosts.console);
    await stack.configure('consoleSignIn.issuer', signIn.issuer);
    await stack.configure('consoleSignIn.clientId', signIn.clientId);
    await stack.configure('consoleSignIn.users[0]', 'ann@perch.internal');
    await stack.configureSecret('consoleClientSecret', 'a-secret-of-the-client');
    const run = await stack.up();
    expect(run.output).not.toContain('error');
    expect(await answered(hosts.console, '/healthz')).toMatchObject({ status: 200 });
    expect(await answered(hosts.console, '/api/overview')).toMatchObject({ status: 401 });
    const page = await answered(hosts.console, '/');
    expect(page).toMatchObject({ status: 302, location: expect.stringMatching(/^\/sign-in/) });
    await annotate(await load.stop());
    expect(load.failures).toEqual([]);
    expect(await stack.outputs()).toMatchObject({
      consoleUrl: `https://${hosts.console}:${https.port}`,
    });
  });

  test('a new setting of the console fails no request of it', async ({ annotate }) => {
    const load = new HostLoad({ ...https, path: '/healthz' }, [hosts.console]);
    await stack.configure('consoleSignIn.viewers[0]', '@perch.internal');
    const run = await stack.up();
    await annotate(await load.stop());
    expect(run.output).not.toContain('error');
    expect(load.failures).toEqual([]);
    expect(load.counts.get(hosts.console)).toBeGreaterThan(100);
  });

  test('its container has no more than it needs, and its service is watched', () => {
    const [container = ''] = leftInDocker(`perch.service=${consoleService}`);
    const [name = ''] = container.split(' ');
    const format = '{{.HostConfig.ReadonlyRootfs}} {{.Config.User}} {{json .HostConfig.Binds}}';
    const inspected = execFileSync('docker', ['inspect', '--format', format, name]).toString();
    expect(inspected).toMatch(/^true (?!root).* null/);
    expect(perch('service', 'list')).toContain(consoleService);
    expect(perch('incidents')).not.toContain('console');
  });

  test('without consoleHost the console goes, and the service stays', async ({ annotate }) => {
    const load = new HostLoad(https, [hosts.shop]);
    for (const key of ['consoleHost', 'consoleSignIn', 'consoleClientSecret']) {
      await stack.must(['config', 'rm', '--stack', stack.name, `perch:${key}`]);
    }
    expect((await stack.up()).output).not.toContain('error');
    await annotate(await load.stop());
    expect(load.failures).toEqual([]);
    expect(leftInDocker(`perch.service=${consoleService}`)).toEqual([]);
    await expect(askHost(https, hosts.console)).rejects.toThrow('unrecognized name');
    expect(await stack.destroy()).toSucceed();
    expect(leftInDocker(service)).toEqual([]);
  });

  async function answered(host: string, path: string) {
    return await until(
      async () => {
        const answer = await askHost({ ...https, path }, host).catch(() => undefined);
        return answer !== undefined && answer.status < 500 && answer.status !== 421
          ? answer
          : undefined;
      },
      { what: `an answer of ${host}`, timeoutMs: 60_000, everyMs: 200 },
    );
  }

  function perch(...words: readonly string[]): string {
    return execFileSync('sh', ['-c', inMonitor({ service }, words)], { encoding: 'utf8' });
  }
});
