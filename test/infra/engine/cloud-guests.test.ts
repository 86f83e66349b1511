import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { unless } from '../../support/skip.ts';
import { Engine } from './support/engine.ts';
import { guestStack, hostStackOf } from './support/guest-stacks.ts';
import { whyNoEngine } from './support/plugins.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const reason = whyNoEngine();

describe.each([
  {
    target: 'aws',
    region: 'eu-central-1',
    file: 'Pulumi.prod.yaml',
    machine: 'aws:ec2/instance:Instance',
    registry: ['aws:ecr/repository:Repository blog'],
  },
  {
    target: 'digitalocean',
    region: 'fra1',
    file: 'docs/examples/Pulumi.prod.digitalocean.yaml',
    machine: 'digitalocean:index/droplet:Droplet',
    registry: [],
  },
])('A guest on target $target on a real engine', unless(reason), (cloud) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await Engine.start();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('makes no machine, and has the images that it builds in a registry of its account', async () => {
    const { target, region, file, machine, registry } = cloud;
    const shop = await hostStackOf(engine, file);
    expect((await shop.up()).output).not.toContain('error');
    const blog = await guestStack(engine, 'blog', { target, region });
    const run = await blog.up();
    expect(run.output).not.toContain('error');
    const made = run.operations.map(({ type, name }) => `${type} ${name}`);
    expect(made.filter((line) => line.startsWith(machine))).toEqual([]);
    expect(made.filter((line) => /registry|Repository/i.test(line))).toEqual(registry);
    const containers = made.filter((line) => line.startsWith('docker:index/container'));
    expect(containers.map((line) => line.split(' ')[1]).toSorted()).toEqual([
      'stable-0',
      'stable-1',
    ]);
    expect(await blog.exported()).not.toMatch(/secret[0-9a-f]{64}/);
    expect(await blog.destroy()).toSucceed();
  });
});
