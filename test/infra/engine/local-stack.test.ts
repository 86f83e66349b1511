import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Engine, type Stack } from './support/engine.ts';
import { digest, localYaml } from './support/local-stack.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Run } from './support/run.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoEngine();

const password = 'a-password-of-the-application';
const token = 'a-token-from-a-vault';

/** The steps of a release, in order: `create reservation stable-0`, ... */
function story(run: Run): string[] {
  const parts: [string, RegExp, string][] = [
    ['docker:index/container:Container', /^(stable|canary)-\d$/, 'container'],
    ['command:local:Command', /^(stable|canary)-\d$/, 'reservation'],
    ['command:local:Command', /^(stable|canary)-\d-active$/, 'member'],
    ['command:local:Command', /^canary-weight$/, 'weight'],
    ['command:local:Command', /^canary-weight-end$/, 'share'],
  ];
  return run.operations.flatMap(({ operation, type, name }) => {
    const part = parts.find(([partType, names]) => type === partType && names.test(name));
    return part === undefined ? [] : [`${operation} ${part[2]} ${name.replace('-active', '')}`];
  });
}

const about = (member: string, steps: readonly string[]) =>
  steps.filter((step) => step.endsWith(member)).map((step) => step.replace(` ${member}`, ''));

const upwards = ['create reservation', 'create container', 'create member'];
const backwards = ['delete member', 'delete container', 'delete reservation'];

describe('Pulumi.local.yaml on a real engine', unless(reason), () => {
  let engine: Engine;
  let stack: Stack;

  beforeAll(async () => {
    engine = await Engine.start();
    stack = await engine.stack('local', localYaml);
    await stack.must([
      'config',
      'set',
      '--path',
      'perch:secretEnvironment.PASSWORD',
      password,
      '--secret',
    ]);
    vi.stubEnv('APP_TOKEN', token);
    const reference = ['perch:secretEnvironment.TOKEN', 'env:APP_TOKEN', '--plaintext'];
    await stack.must(['config', 'set', '--path', ...reference]);
    await stack.configure('image', digest('a'));
  });
  afterAll(() => vi.unstubAllEnvs());
  afterAll(() => engine[Symbol.asyncDispose]());

  test('the first update reserves, creates and activates each member, then sets the weight', async () => {
    const run = await stack.up();
    expect(run.output).not.toContain('error');
    const steps = story(run);
    for (const member of ['stable-0', 'stable-1', 'canary-0']) {
      expect(about(member, steps)).toEqual(upwards);
    }
    expect(steps.indexOf('create member canary-0')).toBeLessThan(
      steps.indexOf('create weight canary-weight'),
    );
    const generation = await stack.must(['stack', 'output', 'generation', '--stack', 'local']);
    expect(Number(generation)).toBe(7);
  });

  test('an update without a change does nothing', async () => {
    const run = await stack.up();
    expect(run.operations).toEqual([]);
    expect(run.output).toMatch(/\d+ unchanged/);
  });

  test('a new weight changes only the weight', async () => {
    await stack.configure('canaryWeight', '33.33');
    const run = await stack.up();
    expect(story(run)).toEqual(['delete weight canary-weight', 'create weight canary-weight']);
    expect(run.operations).toHaveLength(2);
    expect(run.operations[1]?.inputs['create']).toContain('perch weight 33.33');
  });

  test('a new image swaps each member: reserve, create, activate, then drain, delete, deregister', async () => {
    await stack.configure('image', digest('b'));
    const steps = story(await stack.up());
    for (const member of ['stable-0', 'stable-1', 'canary-0']) {
      expect(about(member, steps)).toEqual([...upwards, ...backwards]);
    }
    expect(steps.filter((step) => step.includes('weight'))).toEqual([
      'delete weight canary-weight',
      'create weight canary-weight',
    ]);
  });

  test('an image that cannot start leaves the old members unchanged', async () => {
    await stack.configure('image', digest('c'));
    await engine.failCreate('docker:index/container:Container stable-0');
    const run = await stack.up();
    expect(run).not.toSucceed();
    expect(about('stable-0', story(run))).toEqual(['create reservation']);
  });

  test('the update after a failed one finishes it', async () => {
    await engine.failCreate();
    const run = await stack.up();
    expect(run).toSucceed();
    const steps = about('stable-0', story(run));
    expect(steps.slice(0, 2)).toEqual(['create container', 'create member']);
    expect(steps.slice(2)).toEqual(backwards);
  });

  test('a deployment goes back to the last good image if no monitor confirms the release', async () => {
    await stack.configure('image', digest('d'));
    // Behind the stand-ins there is no monitor that could report the release's status.
    const run = await engine.deploy(['--stack', 'local', '--verify', '0']);
    expect(run).not.toSucceed();
    expect(run.output).toContain(
      "the release's status is unavailable: no healthy monitor of service",
    );
    expect(run.output).toContain(`the last good image was deployed again: ${digest('c')}`);
    const images = run.operations
      .filter(({ operation, name }) => operation === 'create' && name === 'stable-0')
      .flatMap(({ inputs }) => inputs['image'] ?? []);
    expect(images).toEqual([digest('d'), digest('c')]);
    const configured = await stack.must(['config', 'get', '--stack', 'local', 'image']);
    expect(configured.trim()).toBe(digest('d'));
    await stack.configure('image', digest('c'));
  });

  test('a new Redis image replaces Redis, and the old one is deleted first', async () => {
    await stack.configure('redisImage', 'redis:8');
    const run = await stack.up();
    const redis = run.operations.filter(
      ({ type, name }) => type === 'docker:index/container:Container' && name === 'redis',
    );
    expect(redis.map(({ operation }) => operation)).toEqual(['delete', 'create']);
    expect(story(run)).toEqual([]);
  });

  test('a changed proxy starts while the old one still runs', async () => {
    await stack.configure('drainTimeoutSeconds', '20');
    const run = await stack.up();
    const proxy = run.operations.filter(
      ({ type, name }) => type === 'docker:index/container:Container' && name === 'proxy-here',
    );
    expect(proxy.map(({ operation }) => operation)).toEqual(['create', 'delete']);
  });

  test('the state of a local stack has no secret in the clear', async () => {
    const state = await stack.exported();
    expect(state).not.toContain(password);
    expect(state).not.toContain(token);
    // Every password of the random package's stand-in matches.
    expect(state).not.toMatch(/secret[0-9a-f]{64}/);
  });

  test('destroying a local stack sets the weight to 0, then drains, deletes and deregisters', async () => {
    const run = await stack.destroy();
    expect(run).toSucceed();
    const steps = story(run);
    expect(steps.slice(0, 2)).toEqual([
      'delete weight canary-weight',
      'delete share canary-weight-end',
    ]);
    const { inputs } = run.operations.find(({ name }) => name === 'canary-weight-end') ?? {};
    expect(inputs?.['delete']).toContain('perch weight 0');
    for (const member of ['stable-0', 'stable-1', 'canary-0']) {
      expect(about(member, steps)).toEqual(backwards);
    }
    expect(run.operations.at(-1)?.operation).toBe('delete');
    expect(JSON.parse(await stack.exported()).deployment.resources ?? []).toHaveLength(0);
  });
});
