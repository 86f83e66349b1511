import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { unless } from '../../support/skip.ts';
import { Engine, type Stack } from './support/engine.ts';
import { guestSettings, guestStack, hostStackOf } from './support/guest-stacks.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Run } from './support/run.ts';
import { stackYaml } from './support/stack-yaml.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const reason = whyNoEngine();

const steps = (run: Run) => run.operations.map(({ operation, name }) => `${operation} ${name}`);

const containersOf = (run: Run) =>
  run.operations.filter(({ type }) => type === 'docker:index/container:Container');

describe('A guest on two servers on a real engine', unless(reason), () => {
  let engine: Engine;
  let blog: Stack;

  beforeAll(async () => {
    engine = await Engine.start();
    const shop = await hostStackOf(engine, 'docs/examples/Pulumi.prod.servers.yaml');
    await shop.must(['up', '--yes', '--skip-preview', '--stack', 'prod']);
    blog = await guestStack(engine, 'blog');
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test.each(['preview', 'up'] as const)(
    'a guest whose host belongs to another service is refused with both names at %s, before anything is made',
    async (verb) => {
      const claims = 'perch: blog.perch.internal belongs to service wiki';
      engine.programs.add(
        'ssh',
        `case "$*" in *--dry-run*) cat > /dev/null; echo '${claims}' >&2; exit 1;; esac`,
      );
      const run = await blog[verb]();
      engine.programs.add('ssh');
      expect(run).not.toSucceed();
      expect(run.output).toContain(
        'perch:hosts must belong to no other service of organization/perch/prod: blog.perch.internal belongs to service wiki',
      );
      expect(run.operations).toEqual([]);
    },
  );

  test('a guest whose service another stack has is refused with both names, before anything is made', async () => {
    const owned =
      'service blog belongs to stack organization/perch/old, not to organization/perch/blog';
    engine.programs.add(
      'ssh',
      `case "$*" in *--dry-run*--owner=organization/perch/blog*) cat > /dev/null; echo 'perch: ${owned}' >&2; exit 1;; esac`,
    );
    const run = await blog.up();
    engine.programs.add('ssh');
    expect(run).not.toSucceed();
    expect(run.output).toContain(
      `perch:service must be that of no other stack with organization/perch/prod: ${owned}`,
    );
    expect(run.operations).toEqual([]);
  });

  test('a host that does not answer, or has no monitor, is left to the update', async () => {
    engine.programs.add('ssh', "echo 'Connection timed out' >&2; exit 255");
    expect((await blog.up()).output).not.toContain('error');
    engine.programs.add(
      'ssh',
      "echo 'no healthy monitor of service shop on this host' >&2; exit 1",
    );
    const run = await blog.up();
    engine.programs.add('ssh');
    expect(run.output).not.toContain('error');
    expect(steps(run)).toEqual([]);
  });

  test('the canary stack of a guest joins the hosts of the host stack, with its own Redis user', async () => {
    const canary = await guestStack(engine, 'canary', {
      role: 'canary',
      prodStack: 'organization/perch/blog',
      hosts: [],
      canaryCount: 2,
      canaryWeight: '10',
    });
    const run = await canary.up();
    expect(run.output).not.toContain('error');
    const containers = containersOf(run);
    expect(containers.map(({ name }) => name).toSorted()).toEqual(['canary-0', 'canary-1']);
    for (const { inputs } of containers) {
      expect(JSON.stringify(inputs['envs'])).toMatch(
        /PERCH_REDIS_URL=redis:\/\/blog:secret[0-9a-f]{64}@/,
      );
    }
    const weight = run.operations.find(({ name }) => name === 'canary-weight');
    expect(weight?.inputs['create']).toContain('--env PERCH_SERVICE=blog');
    expect(weight?.inputs['create']).toContain('label=perch.service=shop');
    expect(steps(run).filter((step) => /service|route|monitor|proxy/.test(step))).toEqual([]);
    expect(await canary.exported()).not.toMatch(/secret[0-9a-f]{64}/);
    expect(steps(await canary.up())).toEqual([]);
    expect(await canary.destroy()).toSucceed();
  });
});

describe('A guest on target docker on a real engine', unless(reason), () => {
  test('adds both tracks to the host stack of this machine', async () => {
    await using engine = await Engine.start();
    const shared = { role: 'local', target: 'docker', tls: 'none', stableCount: 1, canaryCount: 1 };
    const image = (name: string, digit: string) => `${name}@sha256:${digit.repeat(64)}`;
    const images = { image: image('shop', 'a'), runtimeImage: image('perch', 'c') };
    const shop = await engine.stack(
      'prod',
      stackYaml({
        ...shared,
        ...images,
        service: 'shop',
        hosts: ['shop.localhost'],
        httpPort: 18_080,
        redisPort: 16_390,
      }),
    );
    expect((await shop.up()).output).not.toContain('error');
    const blog = await engine.stack(
      'blog',
      stackYaml({
        ...shared,
        service: 'blog',
        hosts: ['blog.localhost'],
        hostStack: guestSettings.hostStack,
        image: image('blog', 'b'),
        canaryWeight: '10',
      }),
    );
    const run = await blog.up();
    expect(run.output).not.toContain('error');
    expect(
      containersOf(run)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['canary-0', 'stable-0']);
    expect(steps(run)).toEqual(expect.arrayContaining(['create service', 'create route']));
    expect(await blog.outputs()).toMatchObject({
      url: 'http://blog.localhost:18080',
      hostAddresses: { 'blog.localhost': ['127.0.0.1'] },
    });
    expect(steps(await blog.up())).toEqual([]);
    expect(await blog.destroy()).toSucceed();
    expect(await shop.destroy()).toSucceed();
  });
});

describe.each([
  { target: 'aws', region: 'eu-central-1', file: 'Pulumi.prod.yaml' },
  {
    target: 'digitalocean',
    region: 'fra1',
    file: 'docs/examples/Pulumi.prod.digitalocean.yaml',
  },
])('A guest of a host stack on target $target on a real engine', unless(reason), (cloud) => {
  const { target, region, file } = cloud;
  let engine: Engine;
  let blog: Stack;

  beforeEach(async () => {
    engine = await Engine.start();
    blog = await guestStack(engine, 'blog', { target, region, tls: 'none' });
    return () => engine[Symbol.asyncDispose]();
  });

  test.each([
    {
      what: 'with a managed Redis',
      values: { redis: 'managed' },
      says: 'perch:hostStack must be a stack with perch:redis container: each guest has a Redis user of its own, and the managed Redis of organization/perch/prod lets no command make one',
    },
    {
      what: 'whose load balancer ends TLS',
      values: { tls: 'loadBalancer' },
      says: 'perch:hostStack must be a stack whose proxies have the certificates themselves; the load balancer of organization/perch/prod has one for its own hosts only',
    },
  ])('is refused $what', async ({ values, says }) => {
    const shop = await hostStackOf(engine, file, values);
    expect((await shop.up()).output).not.toContain('error');
    const run = await blog.up();
    expect(run).not.toSucceed();
    expect(run.output).toContain(says);
    expect(run.operations).toEqual([]);
  });

  test('is reached by a load balancer for http, whose address its DNS has', async () => {
    const shop = await hostStackOf(engine, file, { tls: 'none', proxyCount: '2' });
    expect((await shop.up()).output).not.toContain('error');
    expect(await shop.outputs()).not.toHaveProperty('hostAddresses');
    expect((await blog.up()).output).not.toContain('error');
    const outputs = await blog.outputs();
    expect(outputs).toMatchObject({ url: 'http://blog.perch.internal' });
    expect(outputs).not.toHaveProperty('hostAddresses');
  });
});
