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

  test('a first host that is set up anew without its Redis keeps the members of guests', async () => {
    const member = { id: 'a', track: 'stable', host: 'web-1', state: 'draining' };
    const blogDocument = { generation: 9, weight: 0, members: [member] };
    const kept = { shop: { generation: 41, weight: 0, members: [] }, blog: blogDocument };
    await startServers(engine, { stack: shop, guest: blog, dead: [], guests, kept });
    const replace = ['replace', 'web-1', '--stack', 'prod', '--drain', '--lose-redis'];
    const run = await engine.host(replace);
    expect(run.output).toContain('host web-1 is replaced');
    expect(run.output).toContain(
      'the new Redis has no user and no route of the guests blog (stack organization/perch/blog)',
    );
    expect(run.output).toContain(
      'to register them, run this in the project of each: npx perch host replace web-1 --stack STACK\n',
    );
    expect(restored()).toContainEqual(blogDocument);
    const undrained = scripts(engine).filter((line) => line.includes('host undrain'));
    expect(undrained).toEqual(Array(2).fill('perch host undrain web-1 --json'));
  });

  test('there the guest is registered again, though its host is healthy', async () => {
    await startServers(engine, { stack: shop, guest: blog, dead: [] });
    const run = await engine.host(['replace', 'web-1', '--stack', 'blog']);
    expect(run.output).toContain('service blog is registered again');
    expect(steps(run).toSorted()).toEqual(['create route', 'create service']);
    expect(scripts(engine).filter((line) => line.includes('host drain'))).toEqual([]);
    await startServers(engine, { stack: shop, guest: blog, dead: [], guests });
    const again = await engine.host(['replace', 'web-1', '--stack', 'blog']);
    expect(again.output).toContain('host web-1 is healthy; --drain drains its members');
    expect(again.operations).toEqual([]);
  });

  test('without a proxy that is left, guests that may be there are told what to run', async () => {
    await startServers(engine, { stack: shop, guest: blog, dead: ['198.18.1.1'] });
    await shop.configure('servers[0].address', '198.18.1.77');
    const run = await engine.host(['replace', 'web-1', '--stack', 'prod', '--lose-redis']);
    expect(run.output).toContain('host web-1 is replaced');
    expect(run.output).toContain(
      'no proxy could name guests of the hosts; if there are any, run this in the project of each, for its canary stack too: npx perch host replace web-1 --stack STACK\n',
    );
  });

  test("that restores the guest's members on other hosts from its own state", async () => {
    const dead = ['198.18.1.1'];
    await startServers(engine, { stack: shop, guest: blog, dead, forgetsGuest: true });
    const run = await engine.host(['replace', 'web-1', '--stack', 'blog']);
    expect(run.output).toContain('host web-1 is replaced');
    expect(run.output).toContain(
      "restored the release of blog from the stack's state, with 1 members",
    );
    const documents = restored().map(({ members }) => members.map(({ host }) => host));
    expect(documents).toEqual([['web-2']]);
    expect(steps(run)).toEqual(expect.arrayContaining(['create stable-0', 'create service']));
    expect((await blog.up()).output).not.toContain('error');
  });

  /** Release documents that were restored. */
  function restored(): { members: { host: string }[] }[] {
    const documents = scripts(engine).filter((line) => line.startsWith('{'));
    return documents.map((line) => JSON.parse(line) as { members: { host: string }[] });
  }

  test('resizing the hosts is the business of the host stack', async () => {
    const run = await engine.host(['resize', '--stack', 'blog']);
    expect(run.output).toContain('the hosts of blog belong to organization/perch/prod');
    expect(run.ok).toBe(false);
  });
});
