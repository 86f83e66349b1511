import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deployedStacks, emptyStack } from './support/deployed-stacks.ts';
import { Engine, whyNoEngine, type Stack } from './support/engine.ts';
import type { Run } from './support/run.ts';

vi.setConfig({ testTimeout: 400_000, hookTimeout: 120_000 });

const reason = whyNoEngine();

interface Connection {
  readonly controls: readonly { readonly host: string }[];
}

const steps = (run: Run) => run.operations.map(({ operation, name }) => `${operation} ${name}`);

describe.skipIf(reason !== undefined)(`npm run host on a real engine ${reason ?? ''}`, () => {
  let engine: Engine;

  beforeEach(async () => {
    engine = await Engine.start();
  });
  afterEach(() => engine[Symbol.asyncDispose]());

  /** Members of the status that `perch` prints: their hosts, all active. */
  async function placed(stack: Stack): Promise<string> {
    const state = await stack.exported();
    const reserved = [
      ...state.matchAll(
        /member reserve --json --id=(\S+) --track=\S+ --version=\S+ --host=(\S+) /g,
      ),
    ];
    const members = reserved.map(([, id, host]) => ({ id, host, state: 'active' }));
    return JSON.stringify({ release: { members }, silentHosts: [] });
  }

  /**
   * Lets ssh fail for `dead` addresses, and answer as monitors would elsewhere; the scripts are logged.
   */
  async function servers(stack: Stack, dead: readonly string[], document = ''): Promise<void> {
    const log = join(engine.programs.folder, 'scripts');
    const lines = [
      'for script; do :; done',
      ...dead.map((address) => `case "$*" in *@${address}*) exit 255;; esac`),
      `printf '%s\\n' "$*" | grep -o 'perch [a-z].*' >> '${log}'`,
      `case "$script" in *"perch status"*) echo '${await placed(stack)}';; esac`,
      `case "$script" in *"perch restore"*) cat >> '${log}';; esac`,
      `case "$script" in *"{{.Status}}"*) echo 'app: Up 5 seconds (healthy)';; esac`,
      `case "$script" in *"cat /var/lib"*) echo '${document}';; esac`,
    ];
    engine.programs.add('ssh', lines.join('\n'));
  }

  function scripts(): string[] {
    return readFileSync(join(engine.programs.folder, 'scripts'), 'utf8').trim().split('\n');
  }

  async function controls(stack: Stack): Promise<readonly string[]> {
    const { connection } = (await stack.outputs()) as { connection: Connection };
    return connection.controls.map(({ host }) => host);
  }

  test('the dead first host of a grown AWS stack is replaced, and nothing else is touched', async () => {
    const stack = await emptyStack(engine, 'grown', deployedStacks.aws.grown);
    expect((await stack.up()).output).not.toContain('error');
    const [first = ''] = await controls(stack);
    await servers(stack, [first]);
    const run = await engine.host(['replace', 'prod-0', '--stack', 'grown']);
    expect(run.output).toContain('host prod-0 is replaced');
    expect(scripts()).toContain('perch member deregister --host=prod-0 --json');
    const touched = run.operations.filter(({ operation }) => operation !== 'update');
    const names = touched.map(({ operation, name }) => `${operation} ${name}`);
    // The old machine goes last. The images that serve are given by digest, so none is built.
    expect(names.at(-1)).toBe('delete shop-prod-0');
    expect(names.filter((name) => name.startsWith('delete')).toSorted()).toEqual([
      'delete runtime',
      'delete shop-prod-0',
    ]);
    expect(names).toEqual(
      expect.arrayContaining(['create prod-0-ready', 'create stable-0-active']),
    );
    expect(names.filter((name) => /prod-1|stable-1/.test(name))).toEqual([]);
    expect(steps(await stack.up())).toEqual(['create runtime']);
  });

  test('the dead first server gets a successor with the release document that a proxy kept, before any member', async () => {
    const { prod } = deployedStacks.server;
    const stack = await emptyStack(engine, 'prod', { ...prod, proxyCount: 2 });
    expect((await stack.up()).output).not.toContain('error');
    const document = {
      generation: 41,
      weight: 25,
      members: [
        { id: 'a', track: 'stable', host: 'web-2', state: 'active' },
        { id: 'b', track: 'canary', host: 'web-1', state: 'active' },
      ],
    };
    const [first = ''] = await controls(stack);
    await servers(stack, [first], JSON.stringify(document));
    const replace = ['replace', 'web-1', '--stack', 'prod'];
    expect((await engine.host(replace)).output).toContain('host web-1 carries Redis');
    const lossy = [...replace, '--lose-redis'];
    const same = await engine.host(lossy);
    expect(same.output).toContain('perch:servers still names the old machine');
    expect(same.operations).toEqual([]);
    await stack.configure('servers[0].address', '198.51.100.77');
    const run = await engine.host(lossy);
    expect(run.output).toContain('host web-1 is replaced');
    const restored = scripts().filter((line) => line.startsWith('{'));
    expect(restored.map((line) => JSON.parse(line) as unknown)).toEqual([
      { generation: 41, weight: 0, members: document.members.slice(0, 1) },
    ]);
    const made = steps(run).filter((step) => step.startsWith('create'));
    // Redis and the monitor are there before the document, the members only after it.
    expect(made.indexOf('create monitor-web-1')).toBeLessThan(made.indexOf('create stable-0'));
    expect(steps(run).filter((step) => /^(create|delete).*(web-2|stable-1)/.test(step))).toEqual(
      [],
    );
    expect(scripts().filter((line) => line.includes('deregister'))).toEqual([]);
  });

  test('a canary stack whose control host is lost swaps its members over another host of prod', async () => {
    const { aws } = deployedStacks;
    const prod = await emptyStack(engine, 'prod', { ...aws.grown, domain: undefined });
    expect((await prod.up()).output).not.toContain('error');
    const canary = await emptyStack(engine, 'canary', aws.canary);
    expect((await canary.up()).output).not.toContain('error');
    const [first = '', second = ''] = await controls(prod);
    await servers(canary, [first]);
    const recovered = await engine.recover('canary');
    expect(recovered.output).toContain(
      `perch commands run on ${second} now, because ${first} does not answer`,
    );
    await canary.configure('version', 'next');
    const run = await canary.up();
    expect(run.output).not.toContain('error');
    const hosts = run.operations
      .filter(
        ({ type, inputs }) => type.endsWith(':Command') && / perch /.test(String(inputs['create'])),
      )
      .map(({ inputs }) => (inputs['connection'] as { host: string }).host);
    expect(new Set(hosts)).toEqual(new Set([second]));
  });

  test('a host that the stack does not have, or that is healthy, is refused and nothing is changed', async () => {
    const stack = await emptyStack(engine, 'prod', deployedStacks.server.prod);
    expect((await stack.up()).output).not.toContain('error');
    await servers(stack, []);
    const unknown = await engine.host(['replace', 'wbe-2', '--stack', 'prod']);
    expect(unknown.output).toContain('stack prod has no host wbe-2; did you mean web-2?');
    const healthy = await engine.host(['replace', 'web-2', '--stack', 'prod']);
    expect(healthy.output).toContain('host web-2 is healthy; --drain drains its members');
    expect([unknown.ok, healthy.ok]).toEqual([false, false]);
    expect([...unknown.operations, ...healthy.operations]).toEqual([]);
  });

  test('a new size changes no machine in an update, and then one after the other, drained before', async () => {
    const stack = await emptyStack(engine, 'grown', deployedStacks.aws.grown);
    expect((await stack.up()).output).not.toContain('error');
    await stack.configure('size', 't3.large');
    const update = await stack.up();
    expect(steps(update)).toEqual([]);
    expect(update.output).toContain(
      'perch:size is t3.large, but prod-0 has t3.small, prod-1 has t3.small',
    );
    await servers(stack, []);
    const run = await engine.host(['resize', '--stack', 'grown']);
    expect(run.output).toContain('every machine of grown has the configured size now');
    const resized = run.operations.filter(({ type }) => type.endsWith(':Instance'));
    expect(resized.map(({ operation, name }) => `${operation} ${name}`)).toEqual([
      'update shop-prod-0',
      'update shop-prod-1',
    ]);
    expect(scripts().filter((line) => line.startsWith('perch host'))).toEqual([
      'perch host drain prod-0 --json',
      expect.stringMatching(/^perch host undrain prod-0 --member=stable-0-\w+ --json$/),
      'perch host drain prod-1 --json',
      expect.stringMatching(/^perch host undrain prod-1 --member=stable-1-\w+ --json$/),
    ]);
  });
});
