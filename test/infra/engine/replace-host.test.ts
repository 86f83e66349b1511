import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { deployedStacks, emptyStack } from './support/deployed-stacks.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoLongTest } from './support/plugins.ts';
import type { Run } from './support/run.ts';
import { failUndrain, scripts, startServers } from './support/answering-servers.ts';
import { unless } from '../../support/skip.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

const reason = whyNoLongTest();

interface Connection {
  readonly controls: readonly { readonly host: string }[];
}

const steps = (run: Run) => run.operations.map(({ operation, name }) => `${operation} ${name}`);

async function controls(stack: Stack): Promise<readonly string[]> {
  const { connection } = (await stack.outputs()) as { connection: Connection };
  return connection.controls.map(({ host }) => host);
}

describe('Hosts of AWS on a real engine', unless(reason), () => {
  let engine: Engine;
  let prod: Stack;
  let canary: Stack;

  beforeAll(async () => {
    engine = await Engine.start();
    const { aws } = deployedStacks;
    prod = await emptyStack(engine, 'prod', aws.grown);
    expect((await prod.up()).output).not.toContain('error');
    canary = await emptyStack(engine, 'canary', aws.canary);
    expect((await canary.up()).output).not.toContain('error');
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('a new size changes no machine in an update, and then one after the other, drained before; a run that failed is finished by the next', async () => {
    await prod.configure('size', 't3.large');
    const update = await prod.up();
    expect(steps(update)).toEqual([]);
    expect(update.output).toContain(
      'perch:size is t3.large, but prod-0 has t3.small, prod-1 has t3.small',
    );
    await startServers(engine, { stack: prod, dead: [] });
    const resize = () => engine.host(['resize', '--stack', 'prod']);
    const resized = ({ operations }: Run) =>
      operations.filter(({ type }) => type.endsWith(':Instance')).map(({ name }) => name);
    const drained = () => scripts(engine).filter((line) => line.startsWith('perch host'));

    // The update fails: the host is drained, and has its old size.
    await prod.configure('stableCount', 'x');
    const stopped = await resize();
    expect(stopped.output).toContain('the update failed: ');
    expect(stopped.ok).toBe(false);
    expect(drained()).toEqual(['perch host drain prod-0 --json']);
    await prod.must(['config', 'rm', '--stack', 'prod', 'perch:stableCount']);

    // The host is not back in time: it is drained, and has its new size.
    failUndrain(engine);
    const late = await resize();
    expect(late.ok).toBe(false);
    expect(resized(late)).toEqual(['shop-prod-0']);

    const run = await resize();
    expect(run.output).toContain('host prod-0 serves again');
    expect(run.output).toContain('every machine of prod has the configured size now');
    expect(resized(run)).toEqual(['shop-prod-1']);
    expect(drained().slice(1)).toEqual([
      'perch host drain prod-0 --json',
      'perch host undrain prod-0 --json',
      'perch host undrain prod-0 --json',
      'perch host drain prod-1 --json',
      'perch host undrain prod-1 --json',
    ]);
    expect((await resize()).output).toContain('every machine of prod has the configured size\n');
  });

  test('a canary stack whose control host is lost swaps its members over another host of prod', async () => {
    const [first = '', second = ''] = await controls(prod);
    await startServers(engine, { stack: canary, dead: [first] });
    const recovered = await engine.recover('canary');
    expect(recovered.output).toContain(
      `perch commands run on ${second} now, because ${first} does not answer`,
    );
    await canary.configure('version', 'next');
    const run = await canary.up();
    expect(run.output).not.toContain('error');
    const commands = run.operations.filter(
      ({ type, inputs }) => type.endsWith(':Command') && / perch /.test(String(inputs['create'])),
    );
    expect(commands.some(({ operation }) => operation === 'delete')).toBe(true);
    for (const { inputs } of commands) {
      const connection = JSON.stringify(inputs['connection']);
      expect(connection).toContain(second);
      expect(connection).not.toContain(first);
    }
  });

  test('the dead first host is replaced with managed Redis, and nothing else is touched', async () => {
    const [first = ''] = await controls(prod);
    await startServers(engine, { stack: prod, dead: [first] });
    const run = await engine.host(['replace', 'prod-0', '--stack', 'prod']);
    expect(run.output).toContain('host prod-0 is replaced');
    expect(scripts(engine)).toContain('perch member deregister --host=prod-0 --json');
    // Nothing is built, so the base images are not pulled here this time.
    const names = run.operations
      .filter(({ operation, name }) => operation !== 'update' && !name.startsWith('runtime-base-'))
      .map(({ operation, name }) => `${operation} ${name}`);
    // The old machine goes last.
    expect(names.at(-1)).toBe('delete shop-prod-0');
    // The wait for a measurement ran here. Of what was on the host, nothing is left to be deleted.
    const deleted = names.filter((name) => /^delete .*(?<!-measured)$/.test(name));
    expect(deleted).toEqual(['delete shop-prod-0']);
    expect(names).toEqual(
      expect.arrayContaining(['create prod-0-ready', 'create stable-0-active']),
    );
    expect(names.filter((name) => /prod-1|stable-1/.test(name))).toEqual([]);
  });
});

describe('Hosts of servers on a real engine', unless(reason), () => {
  let engine: Engine;
  let stack: Stack;

  beforeAll(async () => {
    engine = await Engine.start();
    stack = await emptyStack(engine, 'prod', { ...deployedStacks.server.prod, proxyCount: 2 });
    expect((await stack.up()).output).not.toContain('error');
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('a host that the stack does not have, or that is healthy, is refused and nothing is changed', async () => {
    await startServers(engine, { stack, dead: [] });
    const unknown = await engine.host(['replace', 'wbe-2', '--stack', 'prod']);
    expect(unknown.output).toContain('stack prod has no host wbe-2; did you mean web-2?');
    const healthy = await engine.host(['replace', 'web-2', '--stack', 'prod']);
    expect(healthy.output).toContain('host web-2 is healthy; --drain drains its members');
    expect([unknown.ok, healthy.ok]).toEqual([false, false]);
    expect([...unknown.operations, ...healthy.operations]).toEqual([]);
  });

  test('the dead first server gets a successor with the release document that a proxy kept, before any member', async () => {
    const document = {
      generation: 41,
      weight: 25,
      members: [
        { id: 'a', track: 'stable', host: 'web-2', state: 'active' },
        { id: 'b', track: 'canary', host: 'web-1', state: 'active' },
      ],
    };
    const [first = ''] = await controls(stack);
    await startServers(engine, { stack, dead: [first], document: JSON.stringify(document) });
    const replace = ['replace', 'web-1', '--stack', 'prod'];
    expect((await engine.host(replace)).output).toContain('host web-1 carries Redis');
    const lossy = [...replace, '--lose-redis'];
    const same = await engine.host(lossy);
    expect(same.output).toContain('perch:servers still names the old machine');
    expect(same.operations).toEqual([]);
    await stack.configure('servers[0].address', '198.18.1.77');
    const run = await engine.host(lossy);
    expect(run.output).toContain('host web-1 is replaced');
    const restored = scripts(engine).filter((line) => line.startsWith('{'));
    expect(restored.map((line) => JSON.parse(line) as unknown)).toEqual([
      { generation: 41, weight: 0, members: document.members.slice(0, 1) },
    ]);
    const made = steps(run).filter((step) => step.startsWith('create'));
    // Redis and the monitor are there before the document, the members only after it.
    expect(made.indexOf('create monitor-web-1')).toBeLessThan(made.indexOf('create stable-0'));
    expect(steps(run).filter((step) => /^(create|delete).*(web-2|stable-1)/.test(step))).toEqual(
      [],
    );
    expect(scripts(engine).filter((line) => line.includes('deregister'))).toEqual([]);
  });

  test('two servers that died together are both named, and replaced one after the other', async () => {
    const dead = ['198.18.1.77', '198.18.1.2'];
    await startServers(engine, { stack, dead });
    const refused = await stack.up();
    expect(refused.operations).toEqual([]);
    expect(refused.output).toContain('perch:servers[0], web-1, must accept');
    expect(refused.output).toContain('perch:servers[1], web-2, must accept');
    expect(refused.output).toContain('if the machine of web-1, web-2 is lost for good, replace');

    await stack.configure('servers[0].address', '198.18.1.78');
    const first = await engine.host(['replace', 'web-1', '--stack', 'prod', '--lose-redis']);
    expect(first.output).toContain('host web-2 does not answer either, and stays as it is');
    expect(first.output).toContain('host web-1 is replaced');
    expect(steps(first).filter((step) => /web-2|stable-1/.test(step))).toEqual([]);

    await stack.configure('servers[1].address', '198.18.1.79');
    const second = await engine.host(['replace', 'web-2', '--stack', 'prod']);
    expect(second.output).toContain('host web-2 is replaced');
    expect(steps(second)).toContain('create stable-1-active');
    expect((await stack.up()).output).not.toContain('error');
  });
});
