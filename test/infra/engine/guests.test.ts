import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { sshPrivateKey } from '../../support/pulumi/ssh-keys.ts';
import { testCertificate } from '../../support/tls/certificate.ts';
import { unless } from '../../support/skip.ts';
import { Engine, type Stack } from './support/engine.ts';
import { guestSettings, guestStack, hostStackOf } from './support/guest-stacks.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Run } from './support/run.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const reason = whyNoEngine();
const remote = 'command:remote:Command';
/** Full name of the guest's stack. */
const owner = 'organization/perch/blog';
const steps = (run: Run) => run.operations.map(({ operation, name }) => `${operation} ${name}`);

const commandOf = (run: Run, name: string) =>
  run.operations.find((operation) => operation.type === remote && operation.name === name)?.inputs;

describe('A stack with a guest on a real engine', unless(reason), () => {
  let engine: Engine;
  let shop: Stack;
  let blog: Stack;

  beforeAll(async () => {
    engine = await Engine.start();
    shop = await hostStackOf(engine, 'docs/examples/Pulumi.prod.servers.yaml');
    blog = await guestStack(engine, 'blog');
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('a guest of a stack that is not up is refused before anything is made', async () => {
    const run = await blog.up();
    expect(run).not.toSucceed();
    expect(run.output).toContain(
      'perch:hostStack must be a prod stack that is up and has perch:hosts',
    );
    expect(run.operations).toEqual([]);
  });

  test('a stack with hosts registers them once its proxies run', async () => {
    const run = await shop.up();
    expect(run.output).not.toContain('error');
    const order = steps(run);
    expect(order.indexOf('create route')).toBeGreaterThan(
      order.indexOf('create proxy-web-1-second-healthy'),
    );
    expect(order.at(-1)).toBe('create guests');
    expect(JSON.parse(String(commandOf(run, 'route')?.['stdin']))).toEqual({
      service: 'shop',
      hosts: ['shop.perch.internal'],
      healthPath: '/healthz',
      tls: 'acme',
    });
    expect(await shop.outputs()).toMatchObject({
      url: 'https://shop.perch.internal',
      hostAddresses: { 'shop.perch.internal': ['198.18.1.1'] },
    });
  });

  test('other hosts change the route in place, and nothing else', async () => {
    await shop.configure('hosts[1]', 'perch.internal');
    expect(steps(await shop.up())).toEqual(['update route']);
  });

  test('a guest adds its members, its Redis user and its route to the hosts of the other stack', async () => {
    const run = await blog.up();
    expect(run.output).not.toContain('error');
    const containers = run.operations.filter(({ type }) => type.endsWith(':Container'));
    expect(containers.map(({ name }) => name).toSorted()).toEqual(['stable-0', 'stable-1']);
    for (const { inputs } of containers) {
      expect(JSON.stringify(inputs['envs'])).toMatch(
        /PERCH_REDIS_URL=redis:\/\/blog:secret[0-9a-f]+@/,
      );
    }
    const order = steps(run);
    expect(order.indexOf('create service')).toBeLessThan(order.indexOf('create stable-0'));
    // The record of the release goes beside the route: both come after the members.
    expect(order.slice(-2).toSorted()).toEqual(['create route', 'create stable-release']);
    // The registration runs for the host stack, which is told from its guests by that.
    expect(commandOf(run, 'service')?.['create']).not.toContain('--env PERCH_SERVICE');
    for (const name of ['stable-0', 'route']) {
      expect(commandOf(run, name)?.['create']).toContain('--env PERCH_SERVICE=blog');
      expect(commandOf(run, name)?.['create']).toContain('label=perch.service=shop');
    }
  });

  test("a guest sends its monitor's configuration and its webhook to the monitors of the host stack", async () => {
    await blog.configure('reAlertMinutes', '7');
    await blog.configure('thresholds.hostDiskPercent', '85');
    await blog.configureSecret('webhookUrl', 'https://hooks.perch.internal/a-secret-path');
    await blog.configureSecret('webhookSecret', 'a-secret-of-the-webhook');
    const run = await blog.up();
    expect(steps(run)).toEqual(['update service']);
    const { value } = z.object({ value: z.string() }).parse(commandOf(run, 'service')?.['stdin']);
    expect(JSON.parse(value)).toEqual({
      service: 'blog',
      redisPassword: expect.stringMatching(/^secret[0-9a-f]{64}$/),
      owner,
      monitor: { rules: { hostDiskPercent: 85 }, reAlertMinutes: 7 },
      webhookUrl: 'https://hooks.perch.internal/a-secret-path',
      webhookSecret: 'a-secret-of-the-webhook',
    });
    expect(JSON.stringify(commandOf(run, 'service')?.['create'])).not.toContain('secret');
    expect(await blog.exported()).not.toMatch(/a-secret-path|a-secret-of-the-webhook/);
  });

  test('a guest has flags servers of its own on the hosts, with its Redis user, before its members need them', async () => {
    await blog.configure('flagEndpoint', 'true');
    const run = await blog.up();
    expect(run.output).not.toContain('error');
    const indexOf = (name: string) =>
      run.operations.findIndex(
        ({ operation, type, name: made }) =>
          operation === 'create' && /:Container|:Command/.test(type) && made === name,
      );
    expect(indexOf('flags-web-2-healthy')).toBeLessThan(indexOf('stable-0'));
    const created = (name: string) => run.operations[indexOf(name)]?.inputs;
    for (const name of ['flags-web-1', 'flags-web-2']) {
      expect(created(name)).toMatchObject({
        networksAdvanced: [{ aliases: ['blog.flags.internal'] }],
      });
      expect(JSON.stringify(created(name)?.['envs'])).toMatch(
        /PERCH_REDIS_URL=redis:\/\/blog:secret/,
      );
      // The image of Perch that the hosts run.
      expect(String(created(name)?.['image'])).toContain('perch');
    }
    const members = run.operations.filter(
      ({ operation, type, name }) =>
        operation === 'create' && type.endsWith(':Container') && name.startsWith('stable-'),
    );
    expect(members).toHaveLength(2);
    for (const { inputs } of members) {
      expect(JSON.stringify(inputs['envs'])).toContain(
        'PERCH_FLAGS_URL=http://blog.flags.internal:8016',
      );
    }
  });

  test('a guest removes only what its own stack registered, and a host stack names no owner', async () => {
    const state = await blog.exported();
    expect(state).toContain(`perch route set --json --owner=${owner}`);
    expect(state).toContain(`perch route remove blog --owner=${owner}`);
    expect(state).toContain(`perch service remove blog --owner=${owner}`);
    expect(await shop.exported()).not.toContain('--owner');
  });

  test('an update of a guest without a change does nothing', async () => {
    expect(steps(await blog.up())).toEqual([]);
  });

  test('the certificate of a guest goes to the proxies, under the keys of their own service', async () => {
    const { certificatePem, privateKeyPem } = testCertificate({ hosts: guestSettings.hosts });
    const set = ['config', 'set', '--stack', 'blog'];
    await blog.must([...set, 'perch:tls', 'certificate']);
    await blog.must([...set, 'perch:certificate', '--', certificatePem]);
    await blog.must([...set, '--secret', 'perch:privateKey', '--', privateKeyPem]);
    const run = await blog.up();
    expect(steps(run)).toEqual(['create certificate', 'update route']);
    const create = String(commandOf(run, 'certificate')?.['create']);
    expect(create).toContain(
      `perch certificate set blog --host=blog.perch.internal --owner=${owner}`,
    );
    expect(create).toContain('label=perch.service=shop');
    expect(create).not.toContain('PERCH_SERVICE=blog');
    const key = privateKeyPem.split('\n')[1];
    expect(await blog.exported()).not.toContain(key);
  });

  test('the states of host stack and guest have no secret in the clear', async () => {
    for (const state of [await shop.exported(), await blog.exported()]) {
      expect(state).not.toMatch(/secret[0-9a-f]{64}/);
      expect(state).not.toContain(sshPrivateKey.split('\n')[2]);
      expect(state).not.toContain('a-registry-password');
      expect(state).not.toMatch(/PERCH_EDGE_KEY=/);
    }
  });

  test('a host stack that is not destroyed because of its guests loses nothing', async () => {
    await engine.failDelete(`${remote} guests`);
    const run = await shop.destroy();
    await engine.failDelete();
    expect(run).not.toSucceed();
    expect(steps(run)).toEqual([]);
  });

  test('destroying a guest removes its route, drains its members, and removes its Redis user last', async () => {
    const run = await blog.destroy();
    expect(run).toSucceed();
    const order = steps(run).filter((step) => /(route|service|stable-0-active)$/.test(step));
    expect(order).toEqual(['delete route', 'delete stable-0-active', 'delete service']);
  });

  test('a console of its own host name comes once the service is served, and is watched like a service', async () => {
    await shop.configure('consoleHost', 'console.perch.internal');
    await shop.configure('consoleSignIn.issuer', 'https://id.perch.internal');
    await shop.configure('consoleSignIn.clientId', 'perch');
    await shop.configure('consoleSignIn.users[0]', '@perch.internal');
    await shop.configureSecret('consoleClientSecret', 'a-secret-of-the-client');
    const run = await shop.up();
    expect(run.output).not.toContain('error');
    const order = steps(run).filter((step) => step.startsWith('create console'));
    expect(order.filter((step, index) => order.indexOf(step) === index)).toEqual([
      'create console-service',
      'create console',
      'create console-healthy',
      'create console-active',
      'create console-route',
    ]);
    const { value } = z
      .object({ value: z.string() })
      .parse(commandOf(run, 'console-service')?.['stdin']);
    expect(JSON.parse(value)).toMatchObject({
      service: 'shop-console',
      owner: 'organization/perch/prod',
      monitor: { link: 'https://console.perch.internal/?service=shop-console' },
    });
    expect(value).not.toContain('redisPassword');
    expect(JSON.parse(String(commandOf(run, 'console-route')?.['stdin']))).toEqual({
      service: 'shop-console',
      hosts: ['console.perch.internal'],
      healthPath: '/healthz',
      tls: 'acme',
    });
    const container = run.operations.find(
      ({ type, name }) => type.endsWith(':Container') && name === 'console',
    );
    expect(container?.inputs).toMatchObject({
      command: ['console', '--listen=0.0.0.0:8090'],
      readOnly: true,
    });
    const environment = JSON.stringify(container?.inputs['envs']);
    expect(environment).toContain('PERCH_SERVICE=shop"');
    expect(environment).toContain('PERCH_CONSOLE_ORIGIN=https://console.perch.internal"');
    expect(environment).toContain('PERCH_OIDC_USERS=@perch.internal"');
    expect(await shop.exported()).not.toContain('a-secret-of-the-client');
    expect(await shop.outputs()).toMatchObject({
      consoleUrl: 'https://console.perch.internal',
      hostAddresses: { 'console.perch.internal': ['198.18.1.1'] },
    });
    expect(steps(await shop.up())).toEqual([]);
  });

  test('a console is no guest of its stack, and goes before what it shows', async () => {
    expect(await shop.exported()).toContain("grep -vx 'shop' | grep -vx 'shop-console'");
    const order = steps(await shop.destroy());
    const own = order.filter((step) => /guests|route|service|console-active/.test(step));
    expect(own).toEqual([
      'delete guests',
      'delete console-route',
      'delete console-active',
      'delete console-service',
      'delete route',
    ]);
  });
});
