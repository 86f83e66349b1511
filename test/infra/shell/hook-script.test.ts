import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { hookScript, type HookScriptArgs } from '../../../infra/shell/hook-script.ts';
import { labels } from '../../../runtime/contract/labels.ts';
import { HookRuns } from '../../../runtime/store/release/hook-runs.ts';
import { until } from '../../support/until.ts';
import { test as base } from '../../support/fixtures.ts';
import { StandInPrograms } from '../../support/pulumi/stand-in-programs.ts';
import { addProcessDocker } from './support/process-docker.ts';

const args: HookScriptArgs = {
  hook: 'beforeRelease',
  monitored: { service: 'shop' },
  host: 'host-1',
  key: '4f5a',
  image: `shop@sha256:${'a'.repeat(64)}`,
  command: ['sh', '-c', 'echo migrated >> "$RAN"; echo done'],
  environment: {},
  options: ['--network=net'],
  timeoutSeconds: 60,
};
const container = 'perch-shop-hook';

/**
 * - `folder`: the engine's; see {@link addProcessDocker}.
 * - `start`: starts the script as an update does.
 * - `hook`: runs it to its end.
 * - `ran`: the lines that hooks wrote, one for each run.
 */
const test = base
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from it
  .extend('folder', async ({}, { onCleanup }): Promise<string> => {
    const folder = mkdtempSync(join(tmpdir(), 'perch-hook-'));
    onCleanup(() => rmSync(folder, { recursive: true }));
    return folder;
  })
  .extend('start', ({ folder, sharedServer, redis: _empty }) => {
    const programs = new StandInPrograms(join(folder, 'bin'));
    programs.add('sleep', 'exec /bin/sleep 0.05');
    addProcessDocker(programs, folder, {
      PERCH_SERVICE: 'shop',
      PERCH_REDIS_URL: sharedServer.url,
    });
    return (overrides: Partial<HookScriptArgs> = {}) => {
      const environment = { ...overrides.environment, RAN: join(folder, 'ran') };
      const child = spawn('sh', ['-s', 'beforeRelease'], {
        env: { PATH: `${programs.folder}:${process.env['PATH']}` },
      });
      child.stdin.end(hookScript({ ...args, ...overrides, environment }));
      const ended = async () => {
        const closed = once(child, 'close');
        const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
        await closed;
        return { code: child.exitCode, stdout, stderr };
      };
      return { child, ended };
    };
  })
  .extend('hook', ({ start }) => {
    return (overrides: Partial<HookScriptArgs> = {}) => start(overrides).ended();
  })
  .extend('ran', ({ folder }) => () => {
    const file = join(folder, 'ran');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  });

const hasContainer = (folder: string) => existsSync(join(folder, 'containers', container));

test('a hook shows its output, runs once, and its container is removed', async ({
  folder,
  hook,
  ran,
}) => {
  expect(await hook()).toEqual({ code: 0, stdout: 'done\n', stderr: '' });
  expect(hasContainer(folder)).toBe(false);
  const again = await hook();
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toBe('beforeRelease has run for this image before: it does not run again\n');
  expect(ran()).toEqual(['migrated']);
  await hook({ key: 'another' });
  expect(ran()).toEqual(['migrated', 'migrated']);
});

test('a hook that fails says so with its last lines, and runs again', async ({
  folder,
  hook,
  ran,
}) => {
  const command = ['sh', '-c', 'echo x >> "$RAN"; echo no such table >&2; exit 3'];
  const { code, stderr } = await hook({ command });
  expect(code).toBe(1);
  expect(stderr).toBe(
    'beforeRelease failed with exit code 3; no member was changed: the earlier release serves as before\n' +
      'its last log lines:\nno such table\n',
  );
  expect(hasContainer(folder)).toBe(false);
  expect((await hook()).code).toBe(0);
  expect(ran()).toEqual(['x', 'migrated']);
});

test('a failed command after the release says that the release serves', async ({ hook }) => {
  const { code, stderr } = await hook({ hook: 'afterRelease', command: ['false'] });
  expect(code).toBe(1);
  expect(stderr).toContain('afterRelease failed with exit code 1; the release serves all the same');
});

test('a hook is killed at its time limit', async ({ folder, hook }) => {
  const { code, stderr } = await hook({ timeoutSeconds: 1, command: ['tail', '-f', '/dev/null'] });
  expect(code).toBe(1);
  expect(stderr).toContain('was killed after 1 s, its time limit (perch:hookTimeoutSeconds)');
  expect(hasContainer(folder)).toBe(false);
});

test('a command that cannot start fails the hook', async ({ folder, hook }) => {
  writeFileSync(join(folder, 'unstartable'), '');
  const { code, stderr } = await hook();
  expect(code).toBe(1);
  expect(stderr).toContain('exec: not found\nbeforeRelease did not start');
  expect(hasContainer(folder)).toBe(false);
});

test('secrets with any characters reach the command, and are in no argument list', async ({
  folder,
  hook,
}) => {
  const environment = { PLAIN: 'a "secret" $value \\ #1 ', KEY: 'BEGIN\nit$x\nEND', PATHS: '' };
  const command = ['sh', '-c', 'printf "%s|%s|%s" "$PLAIN" "$KEY" "$PATHS"'];
  const { stdout } = await hook({ environment, command });
  expect(stdout).toBe('a "secret" $value \\ #1 |BEGIN\nit$x\nEND|');
  const calls = readFileSync(join(folder, 'calls'), 'utf8');
  expect(calls).not.toContain('secret');
  expect(calls).not.toContain('BEGIN');
});

test('an interrupted hook is stopped, removed and may run again', async ({
  folder,
  hook,
  ran,
  start,
}) => {
  const command = ['sh', '-c', 'echo begun >> "$RAN"; exec tail -f /dev/null'];
  const { child, ended } = start({ command });
  await until(() => ran().length === 1);
  child.kill('SIGTERM');
  expect(await ended()).toMatchObject({ code: 1, stderr: expect.stringContaining('interrupted') });
  expect(hasContainer(folder)).toBe(false);
  expect((await hook()).code).toBe(0);
});

test('the success of a hook whose update was cut off counts: it does not run twice', async ({
  folder,
  hook,
  ran,
  start,
}) => {
  const command = [
    'sh',
    '-c',
    'echo begun >> "$RAN"; while [ ! -e "$RAN.go" ]; do /bin/sleep 0.05; done',
  ];
  const first = start({ command });
  await until(() => ran().length === 1);
  first.child.kill('SIGKILL');
  first.child.stdout.destroy();
  first.child.stderr.destroy();
  const second = start({ command });
  writeFileSync(join(folder, 'ran.go'), '');
  const { code, stdout } = await second.ended();
  expect(code).toBe(0);
  expect(stdout).toContain('a hook of an earlier update still runs or was not removed');
  expect(stdout).toContain('it does not run again');
  expect(ran()).toEqual(['begun']);
  expect(hasContainer(folder)).toBe(false);
  await hook({ key: 'another' });
  expect(ran()).toEqual(['begun', 'migrated']);
});

test('a container that was created and never started is removed', async ({ folder, hook, ran }) => {
  mkdirSync(join(folder, 'containers', container), { recursive: true });
  const marks = ['perch.hook-deadline=0', 'perch.hook-key=4f5a', 'perch.hook=beforeRelease'];
  writeFileSync(join(folder, 'containers', container, 'labels'), `${marks.join('\n')}\n`);
  expect((await hook()).code).toBe(0);
  expect(ran()).toEqual(['migrated']);
});

test('a hook waits for one on another host, and gives up after its time', async ({
  hook,
  ran,
  redis,
  start,
}) => {
  const runs = new HookRuns(redis, 'shop');
  const other = { hook: 'beforeRelease', key: 'b', host: 'host-2' } as const;
  await runs.begin(other, 600_000);
  const waiting = start();
  const [said] = await once(waiting.child.stdout, 'data');
  expect(String(said)).toContain('waiting for a hook that runs on host host-2');
  expect(ran()).toEqual([]);
  await runs.end(other, undefined);
  expect((await waiting.ended()).code).toBe(0);
  expect(ran()).toEqual(['migrated']);
  await runs.begin(other, 600_000);
  const late = await hook({ key: 'c', timeoutSeconds: -59 });
  expect(late).toMatchObject({ code: 1 });
  expect(late.stderr).toContain('beforeRelease did not run: a hook still runs on host host-2');
});

/** Command of a hook that runs until there is the file `ran.go`. */
const untilReleased = [
  'sh',
  '-c',
  'echo begun >> "$RAN"; while [ ! -e "$RAN.go" ]; do /bin/sleep 0.05; done',
];

test('two updates on one host run a hook once, and both succeed', async ({
  folder,
  ran,
  start,
}) => {
  const firstEnded = start({ command: untilReleased }).ended();
  await until(() => ran().length === 1);
  const secondEnded = start({ command: untilReleased }).ended();
  await until(() => timesLookedFor(folder) === 2);
  writeFileSync(join(folder, 'ran.go'), '');
  expect((await firstEnded).code).toBe(0);
  expect((await secondEnded).code).toBe(0);
  expect(ran()).toEqual(['begun']);
});

test('an update that asked before another one ended does not run the hook again', async ({
  folder,
  ran,
  start,
}) => {
  const firstEnded = start({ command: untilReleased }).ended();
  await until(() => ran().length === 1);
  writeFileSync(join(folder, 'hold'), '');
  const secondEnded = start({ command: untilReleased }).ended();
  await until(() => timesLookedFor(folder) === 2);
  writeFileSync(join(folder, 'ran.go'), '');
  expect((await firstEnded).code).toBe(0);
  rmSync(join(folder, 'hold'));
  expect((await secondEnded).code).toBe(0);
  expect(ran()).toEqual(['begun']);
});

test('of updates that begin at the same moment, one runs the hook, and all succeed', async ({
  hook,
  ran,
}) => {
  const command = ['sh', '-c', 'echo begun >> "$RAN"; /bin/sleep 0.2'];
  const ended = await Promise.all(Array.from({ length: 4 }, () => hook({ command })));
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(ran()).toEqual(['begun']);
});

/** Returns how often updates have looked for the container of a hook. */
function timesLookedFor(folder: string): number {
  const calls = readFileSync(join(folder, 'calls'), 'utf8');
  return calls.split(`Labels "${labels.hook}"}`).length - 1;
}
