import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { unless } from '../../support/skip.ts';
import { scripts, startServers } from './support/answering-servers.ts';
import { Engine, type Stack } from './support/engine.ts';
import { guestStack, hostStackOf } from './support/guest-stacks.ts';
import { whyNoLongTest } from './support/plugins.ts';
import type { Run } from './support/run.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

const reason = whyNoLongTest();
const steps = (run: Run) => run.operations.map(({ operation, name }) => `${operation} ${name}`);

describe('A host with a guest on a real engine', unless(reason), () => {
  let engine: Engine;
  let shop: Stack;
  let blog: Stack;
  const guests = [{ service: 'blog', owner: 'organization/perch/blog' }];

  beforeAll(async () => {
    engine = await Engine.start();
    shop = await hostStackOf(engine, 'docs/examples/Pulumi.prod.servers.yaml');
    blog = await guestStack(engine, 'blog');
    for (const stack of [shop, blog]) expect((await stack.up()).output).not.toContain('error');
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('a guest is told to wait until its host stack has replaced a dead host', async () => {
    await startServers(engine, { stack: shop, guest: blog, dead: ['198.18.1.2'], guests });
    const run = await engine.host(['replace', 'web-2', '--stack', 'blog']);
    expect(run.output).toContain(
      'host web-2 of organization/perch/prod does not answer; replace it in that stack first',
    );
    expect(run.operations).toEqual([]);
  });

  test('the host stack frees the members of its guests, and names what each of them has to run', async () => {
    await shop.configure('servers[1].address', '198.18.1.79');
    const run = await engine.host(['replace', 'web-2', '--stack', 'prod']);
    expect(run.output).toContain('host web-2 is replaced');
    expect(run.output).toContain(
      'nothing of the guests blog (stack organization/perch/blog) is on the new host yet',
    );
    expect(run.output).toContain('npx perch host replace web-2 --stack STACK');
    const freed = scripts(engine).filter((line) => line.includes('deregister'));
    expect(freed).toEqual([
      'perch member deregister --host=web-2 --json',
      'perch member deregister --host=web-2 --json',
    ]);
  });

  test('that command puts the guest on the new host, registers it again, and leaves the rest alone', async () => {
    const run = await engine.host(['replace', 'web-2', '--stack', 'blog']);
    expect(run.output).toContain('host web-2 is replaced');
    expect(steps(run)).toEqual(
      expect.arrayContaining(['create stable-1', 'create stable-1-active', 'create service']),
    );
    expect(steps(run).filter((step) => /stable-0|delete/.test(step))).toEqual([]);
    const again = await blog.up();
    expect(again.output).not.toContain('error');
    expect(steps(again)).toEqual([]);
  });

  test('resizing the hosts is the business of the host stack', async () => {
    const run = await engine.host(['resize', '--stack', 'blog']);
    expect(run.output).toContain('the hosts of blog belong to organization/perch/prod');
    expect(run.ok).toBe(false);
  });
});
