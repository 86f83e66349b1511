import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { configureWords } from './support/configure-words.ts';
import { openVariant } from './support/image-variants.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { RealRelease } from './support/real-release.ts';
import { docker } from './support/docker.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const service = 'real-hooks';
const memberCount = 2;
const ratePerSecond = 100;
const requests = 5_000;
const variable = 'PERCH_TEST_PASSWORD';
const password = `a "password" of ${service}: $HOME, 100%`;
const hashOfPassword = createHash('sha256').update(password).digest('hex');

/** Waits in the hook's container until the test goes on. */
const awaitTest = 'until [ -e /tmp/go ]; do sleep 0.1; done';

describe('The hooks of a release, really', unless(reason), () => {
  let release: RealRelease;
  /** Images that behave alike, and run any program. */
  let images: Record<'one' | 'two' | 'three', string>;

  beforeAll(async () => {
    vi.stubEnv(variable, password);
    release = await RealRelease.start(service, {
      role: 'prod',
      stableCount: memberCount,
      version: undefined,
      swapJudgeSeconds: 0,
      secretEnvironment: { PASSWORD: `env:${variable}` },
    });
    const built = String((await release.stack.outputs())['image']);
    const variant = (name: string) => openVariant(built, name);
    images = { one: variant('one'), two: variant('two'), three: variant('three') };
    release.traffic.setRate(ratePerSecond);
  });
  afterAll(async () => {
    await release?.[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
  });

  const hookContainers = () => release.containers('hook').map(({ name }) => name);

  /** Lets a hook run a script of the shell. */
  async function setHook(hook: 'beforeRelease' | 'afterRelease', script: string): Promise<void> {
    await configureWords(release.stack, hook, ['sh', '-c', script]);
  }

  test('a migration runs before any member is reserved, with the secrets, and its output is shown while it runs', async () => {
    const { stack } = release;
    const script = `echo "hash $(printf %s "$PASSWORD" | sha256sum)"; perch app migrate; ${awaitTest}; echo "the table has a column"`;
    await setHook('beforeRelease', script);
    await stack.configure('image', images.one);
    const before = await release.document();
    const update = stack.startUp();
    await until(() => update.output.includes(hashOfPassword), {
      what: 'the output of the hook that runs',
    });
    expect(hookContainers()).toEqual([`perch-${service}-hook`]);
    expect(await release.document()).toEqual(before);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(password);
    docker('exec', `perch-${service}-hook`, 'touch', '/tmp/go');
    const run = await update.finished;
    expect(run.output).toContain('add a greeting');
    expect(run.output).toContain('the table has a column');
    expect(run.output).not.toContain(password);
    expect(run.output).not.toContain('error:');
    expect(run).toSucceed();
    expect(hookContainers()).toEqual([]);
    const version = images.one.slice('sha256:'.length).slice(0, 12);
    expect(await release.members(version, 'active')).toHaveLength(memberCount);
    expect(await stack.exported()).not.toContain(password);
  });

  test('a failing migration changes nothing: the same members serve, and the document is the same', async ({
    annotate,
  }) => {
    const { stack, engine, traffic } = release;
    const first = traffic.counts.total;
    await setHook('beforeRelease', 'echo "no column colour" >&2; exit 3');
    await stack.configure('image', images.two);
    const before = await release.document();
    const housed = release.housedMembers();
    const run = await stack.up();
    expect(run).not.toSucceed();
    expect(run.output).toContain(
      'beforeRelease failed with exit code 3; no member was changed: the earlier release serves as before',
    );
    expect(run.output).toContain('no column colour');
    const deployment = await engine.deploy(['--stack', stack.name, '--verify', '0']);
    expect(deployment).not.toSucceed();
    expect(deployment.output).toContain(`the last good image was deployed again: ${images.one}`);
    expect(await release.document()).toEqual(before);
    expect(release.housedMembers()).toEqual(housed);
    expect(hookContainers()).toEqual([]);
    await until(() => traffic.counts.total >= first + requests, { timeoutMs: 300_000 });
    await annotate(`${traffic.counts.total - first} requests, ${traffic.counts.failed} failed`);
    expect([...traffic.counts.failures]).toEqual([]);
  });

  test('a migration is killed after its time limit, and changes nothing', async () => {
    const { stack } = release;
    await stack.configure('hookTimeoutSeconds', '4');
    await setHook('beforeRelease', 'trap "" TERM; echo begun; while :; do sleep 1; done');
    const before = await release.document();
    const run = await stack.up();
    await stack.configure('hookTimeoutSeconds', '120');
    expect(run).not.toSucceed();
    expect(run.output).toMatch(
      /beforeRelease was killed after 4 s, its time limit \(perch:hookTimeoutSeconds\)/,
    );
    expect(run.output).toContain('begun');
    expect(await release.document()).toEqual(before);
    expect(hookContainers()).toEqual([]);
  });

  test('a hook runs once for each image, also if that is released again', async () => {
    const { stack } = release;
    await setHook('beforeRelease', 'echo "changes the table"');
    const said = 'beforeRelease has run for this image before: it does not run again';
    for (const [image, isNew] of [
      [images.two, true],
      [images.three, true],
      [images.two, false],
    ] as const) {
      await stack.configure('image', image);
      const run = await stack.up();
      expect(run.output).not.toContain('error:');
      expect(run).toSucceed();
      expect(run.output.includes('changes the table')).toBe(isNew);
      expect(run.output.includes(said)).toBe(!isNew);
    }
    const events = await new EventLog(await release.redis(), service).last(100);
    expect(events.filter(({ type }) => type === 'hook-succeeded')).toHaveLength(3);
  });

  test('the other hook runs once all members of the release serve', async () => {
    const { stack } = release;
    const count =
      'const { release } = JSON.parse(require("fs").readFileSync(0, "utf8")); console.log("serve:", ...release.members.map(({ version, state }) => version === process.env.PERCH_VERSION && state));';
    await setHook('afterRelease', `perch status --json | node -e '${count}'`);
    await stack.configure('image', images.three);
    const run = await stack.up();
    expect(run.output).not.toContain('error:');
    expect(run).toSucceed();
    const line = /serve: .*/.exec(run.output)?.[0] ?? '';
    expect(line.match(/ active/g)).toHaveLength(memberCount);
  });

  test('if the other hook fails, the update fails and the release serves all the same', async ({
    annotate,
  }) => {
    const { stack, traffic } = release;
    const housed = release.housedMembers();
    await setHook('afterRelease', 'echo "no cache to warm" >&2; exit 4');
    const run = await stack.up();
    expect(run).not.toSucceed();
    expect(run.output).toContain(
      'afterRelease failed with exit code 4; the release serves all the same: only this command failed',
    );
    expect(run.output).toContain('no cache to warm');
    expect(release.housedMembers()).toEqual(housed);
    await traffic.pause();
    await annotate(`${traffic.counts.total} requests, ${traffic.counts.failed} failed`);
    expect([...traffic.counts.failures]).toEqual([]);
  });
});
