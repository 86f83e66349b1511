import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { inMonitor } from '../../../infra/shell/in-monitor.ts';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { Pebble, whyNoPebble } from '../../support/acme/pebble.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { unless } from '../../support/skip.ts';
import { testCertificate } from '../../support/tls/certificate.ts';
import { until } from '../../support/until.ts';
import { leftInDocker } from './support/docker.ts';
import { Engine, type Stack } from './support/engine.ts';
import { askHost, HostLoad, type HostAnswer, type HostPort } from './support/host-load.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings, serverOf } from './support/real-settings.ts';
import { startRegistry } from './support/registry.ts';
import { startSshd } from './support/sshd.ts';
import { stackYaml } from './support/stack-yaml.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins() ?? whyNoPebble();
const services = { shop: 'real-https-shop', blog: 'real-https-blog' };
const hosts = {
  shop: 'shop.perch.internal',
  blog: 'blog.perch.internal',
  lost: 'lost.perch.internal',
};
const both = [hosts.shop, hosts.blog];

describe('Two services with https on one server', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let pebble: Pebble;
  let shop: Stack;
  let blog: Stack;
  let canary: Stack;
  let http: HostPort;
  let https: HostPort & { readonly ca: string };

  beforeAll(async () => {
    const settings = await realSettings(services.shop);
    http = { port: settings.httpPort };
    pebble = started.use(await Pebble.start({ challengePort: settings.httpPort }));
    https = { port: await freePort(), ca: await pebble.root() };
    const engine = started.use(await Engine.start('real'));
    const registry = started.use(await startRegistry());
    const sshd = started.use(await startSshd());
    const secrets = { sshPrivateKey: sshd.privateKey };
    const shared = { target: 'server', tls: 'acme', version: 'v1', stableCount: 2 };
    const shopYaml = stackYaml({
      ...settings,
      ...shared,
      role: 'prod',
      hosts: [hosts.shop],
      httpsPort: https.port,
      acmeDirectory: pebble.directoryUrl,
      acmeCaCertificate: pebble.caCertificate,
      servers: [serverOf(sshd)],
      registry: registry.address,
    });
    shop = await engine.stack('https-shop', shopYaml, secrets);
    const guest = {
      service: services.blog,
      hostStack: 'organization/perch/https-shop',
      startTimeoutSeconds: 120,
    };
    const blogYaml = stackYaml({ ...shared, ...guest, role: 'prod', hosts: [hosts.blog] });
    blog = await engine.stack('https-blog', blogYaml, {
      ...secrets,
      webhookUrl: 'https://hooks.perch.internal/a-secret-path',
    });
    const canaryYaml = stackYaml({
      ...guest,
      role: 'canary',
      target: 'server',
      prodStack: 'organization/perch/https-blog',
      version: 'v3',
      canaryWeight: '30',
    });
    canary = await engine.stack('https-canary', canaryYaml, secrets);
  });
  afterAll(async () => {
    for (const stack of [canary, blog, shop]) await stack.destroy();
    await started.disposeAsync();
  });

  test('a stack with hosts serves https with a certificate of the authority, and redirects http', async () => {
    const run = await shop.up();
    expect(run.output).not.toContain('error');
    expect(await certified(hosts.shop)).toMatchObject({ status: 200 });
    expect(await askHost(http, direct(hosts.shop))).toMatchObject(redirectOf(hosts.shop));
  });

  test('a guest gets a certificate of its own under load of the service that is there', async ({
    annotate,
  }) => {
    const load = new HostLoad(https, [hosts.shop]);
    const run = await blog.up();
    const answer = await certified(hosts.blog);
    await annotate(await load.stop());
    expect(run.output).not.toContain('error');
    expect(load.failures).toEqual([]);
    expect(load.counts.get(hosts.shop)).toBeGreaterThan(100);
    expect(answer.status).toBe(200);
    expect(memberContainers(services.blog).join('\n')).toContain(answer.member);
    expect(await askHost(http, direct(hosts.blog))).toMatchObject(redirectOf(hosts.blog));
    expect(pebble.orders).toBe(2);
  });

  test.for([
    { what: 'a release of the guest', of: () => blog, key: 'version', value: 'v2' },
    { what: 'a release of the host stack', of: () => shop, key: 'version', value: 'v2' },
    {
      what: 'an update of the proxies',
      of: () => shop,
      key: 'acmeEmail',
      value: 'ops@perch.internal',
    },
  ])('$what fails no request of either service', async ({ of, key, value }, { annotate }) => {
    const load = new HostLoad(https, both);
    await of().configure(key, value);
    const run = await of().up();
    await annotate(await load.stop());
    expect(run.output).not.toContain('error');
    expect(load.failures).toEqual([]);
    for (const host of both) expect(load.counts.get(host)).toBeGreaterThan(100);
  });

  test('a host whose DNS does not point to the proxies is an incident, and disturbs no other host', async ({
    annotate,
  }) => {
    await pebble.pointNowhere(hosts.lost);
    const load = new HostLoad(https, both);
    await shop.configure('hosts[1]', hosts.lost);
    expect((await shop.up()).output).not.toContain('error');
    const incident = await until(
      () =>
        perch(services.shop, 'incidents')
          .split('\n')
          .find((line) => line.includes('host-misdirected')),
      { what: `an incident about ${hosts.lost}`, everyMs: 500 },
    );
    await shop.must(['config', 'rm', '--stack', shop.name, '--path', 'perch:hosts[1]']);
    expect((await shop.up()).output).not.toContain('error');
    await annotate(await load.stop());
    expect(incident).toContain(`${hosts.lost} does not point to the proxies: DNS has`);
    expect(incident).toContain('expected 127.0.0.1');
    expect(load.failures).toEqual([]);
  });

  test('a guest changes to a certificate of its own and back, and no request of either service fails', async ({
    annotate,
  }) => {
    const own = testCertificate({ hosts: [hosts.blog] });
    const load = new HostLoad({ ...https, ca: `${https.ca}\n${own.certificatePem}` }, both);
    const set = ['config', 'set', '--stack', blog.name];
    await blog.must([...set, 'perch:certificate', '--', own.certificatePem]);
    await blog.configureSecret('privateKey', own.privateKeyPem);
    await blog.configure('tls', 'certificate');
    expect((await blog.up()).output).not.toContain('error');
    await certified(hosts.blog, own.certificatePem);
    for (const key of ['certificate', 'privateKey']) {
      await blog.must(['config', 'rm', '--stack', blog.name, `perch:${key}`]);
    }
    await blog.configure('tls', 'acme');
    expect((await blog.up()).output).not.toContain('error');
    await certified(hosts.blog);
    await annotate(await load.stop());
    expect(load.failures).toEqual([]);
  });

  test('a canary of the guest, ejected and removed, changes nothing of the host stack', async ({
    annotate,
  }) => {
    const before = perch(services.shop, 'weight', '--json');
    const load = new HostLoad(https, both);
    expect((await canary.up()).output).not.toContain('error');
    expect(JSON.parse(perch(services.blog, 'weight', '--json'))).toMatchObject({ weight: 30 });
    const [canaryContainer = ''] = memberContainers(services.blog, 'canary');
    await until(async () => canaryContainer.includes((await askHost(https, hosts.blog)).member), {
      what: 'the canary to answer',
    });
    perch(services.blog, 'eject', '--reason', 'a test', '--json');
    expect(JSON.parse(perch(services.blog, 'weight', '--json'))).toMatchObject({ weight: 0 });
    expect(await canary.destroy()).toSucceed();
    await annotate(await load.stop());
    expect(load.failures).toEqual([]);
    expect(perch(services.shop, 'weight', '--json')).toBe(before);
    expect(perch(services.shop, 'events')).not.toMatch(/eject/i);
    expect(perch(services.blog, 'events')).toMatch(/eject/i);
  });

  test("a member of the guest reaches its own keys in Redis, and nobody else's", () => {
    const own = redisKeys(services.blog);
    const others = redisKeys(services.shop);
    expect(inRedis('get', own.release)).toContain(services.blog);
    // Sealed, because a webhook is in it.
    expect(inRedis('get', own.monitorConfig)).not.toContain('{');
    expect(inRedis('exists', own.monitorConfig)).toBe('1');
    for (const words of [
      ['get', others.release],
      ['set', others.release, '{}'],
      ['get', 'perch:routes'],
      ['hgetall', 'perch:services'],
      ['publish', others.releaseChanged, '1'],
      ['keys', '*'],
      ['acl', 'whoami'],
    ]) {
      expect(`${words.join(' ')}: ${inRedis(...words)}`).toContain('NOPERM');
    }
  });

  test('the host stack cannot be destroyed while its guest is there, and says which', async ({
    annotate,
  }) => {
    const load = new HostLoad(https, both);
    const run = await shop.destroy();
    await annotate(await load.stop());
    expect(run).not.toSucceed();
    expect(run.output).toContain(`destroy their stacks first: ${services.blog}`);
    expect(load.failures).toEqual([]);
  });

  test('the guest is destroyed under load of the host stack, then the host stack, and nothing is left', async ({
    annotate,
  }) => {
    const load = new HostLoad(https, [hosts.shop]);
    expect(await blog.destroy()).toSucceed();
    await annotate(await load.stop());
    expect(load.failures).toEqual([]);
    expect(leftInDocker(services.blog)).toEqual([]);
    expect(await askHost(http, hosts.blog)).toMatchObject({ status: 421 });
    expect(await shop.destroy()).toSucceed();
    expect(leftInDocker(services.shop)).toEqual([]);
  });

  /** First answer of a host whose certificate `ca` verifies: by default the authority's root. */
  async function certified(host: string, ca = https.ca): Promise<HostAnswer> {
    return await until(() => askHost({ ...https, ca }, host).catch(() => undefined), {
      what: `a certificate for ${host}`,
      timeoutMs: 60_000,
      everyMs: 200,
    });
  }

  /** Host of a client that reaches the proxy's own port of http. */
  function direct(host: string): string {
    return `${host}:${http.port}`;
  }

  function redirectOf(host: string): Partial<HostAnswer> {
    return { status: 308, location: `https://${host}:${https.port}/version` };
  }

  function memberContainers(service: string, track = 'stable'): string[] {
    return leftInDocker(`perch.service=${service}`).filter((line) =>
      line.includes(`perch.track=${track}`),
    );
  }

  /** Output of a `perch` command about a service, in a monitor of the host stack. */
  function perch(service: string, ...words: readonly string[]): string {
    const script = inMonitor({ service, edgeService: services.shop }, words);
    return execFileSync('sh', ['-c', script], { encoding: 'utf8' });
  }

  /** Reply of Redis to a member of the guest. */
  function inRedis(...words: readonly string[]): string {
    const [container = ''] = memberContainers(services.blog);
    const [name = ''] = container.split(' ');
    const command = 'redis-cli --no-auth-warning -u "$PERCH_REDIS_URL" "$@"';
    const args = ['exec', name, 'sh', '-c', command, 'redis-cli', ...words];
    return execFileSync('docker', args, { encoding: 'utf8' }).trim();
  }
});
