import { mkdtemp, mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { GuardProcess } from '../../../rehearsal/processes/guard-process.ts';
import {
  ProcessSupervisor,
  type Program,
} from '../../../rehearsal/processes/process-supervisor.ts';
import { isRunning } from '../../support/processes.ts';
import { until } from '../../support/until.ts';

async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'perch-supervisor-'));
  const logFolder = join(folder, 'logs');
  await mkdir(logFolder);
  const guard = new GuardProcess(folder);
  const supervisor = new ProcessSupervisor({ logFolder, env: process.env, guard });
  onTestFinished(async () => {
    await supervisor.killAll();
    await guard.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { supervisor, guard, folder };
}

const script = (name: string, code: string): Program => ({
  name,
  command: process.execPath,
  args: ['-e', code],
});

const forever = 'setInterval(() => {}, 1000);';
const deaf = `process.on('SIGTERM', () => {}); console.log('deaf'); ${forever}`;

test('a process that ends unasked is reported with its exit code and its last words', async () => {
  const { supervisor } = await open();
  await supervisor.start(script('app', "console.error('no such thing'); process.exit(3)"));

  await expect(supervisor.crashed).rejects.toMatchObject({
    code: 'process_failed',
    message: 'app ended unexpectedly, with exit code 3: no such thing',
  });
});

test('of a stack trace the error is reported, not its last line', async () => {
  const { supervisor } = await open();
  await supervisor.start(script('app', "throw new RangeError('too far')"));

  await expect(supervisor.crashed).rejects.toThrow('with exit code 1: RangeError: too far');
});

test('a process killed by a stranger is reported with the signal', async () => {
  const { supervisor } = await open();
  const child = await supervisor.start(script('app', forever));
  process.kill(child.pid, 'SIGKILL');

  await expect(supervisor.crashed).rejects.toThrow('app ended unexpectedly, by SIGKILL');
});

test('a program that does not exist is an error, not a crash', async () => {
  const { supervisor } = await open();
  const starting = supervisor.start({ name: 'app', command: 'no-such-program', args: [] });
  await expect(starting).rejects.toThrow('app could not be started');
});

test('a process that is stopped ends with its whole group, and counts as no crash', async () => {
  const { supervisor, folder } = await open();
  const grandchild = `require('node:child_process').spawn(process.execPath, ['-e', "${forever}"])`;
  const child = await supervisor.start(script('app', `console.log(${grandchild}.pid); ${forever}`));
  const log = join(folder, 'logs/app.log');
  const pid = await until(async () => Number(await readFile(log, 'utf8')), { what: 'a child' });

  await child.stop();

  expect(isRunning(child.pid)).toBe(false);
  await until(() => !isRunning(pid), { what: 'the end of the child’s own child' });
  const outcome = await Promise.race([supervisor.crashed, Promise.resolve('no crash')]);
  expect(outcome).toBe('no crash');
});

test('a process that does not listen to SIGTERM is killed when its time is up', async () => {
  const { supervisor, folder } = await open();
  const child = await supervisor.start(script('app', deaf));
  const log = join(folder, 'logs/app.log');
  await until(async () => (await readFile(log, 'utf8')).includes('deaf'), { what: 'its handler' });

  await child.stop(100);

  expect(child.exit).toEqual({ code: null, signal: 'SIGKILL' });
});

test('a process that hangs by SIGSTOP ends in order all the same', async () => {
  const { supervisor } = await open();
  const child = await supervisor.start(script('app', forever));
  child.signal('SIGSTOP');

  await child.stop();

  expect(child.exit).toEqual({ code: null, signal: 'SIGTERM' });
});

test('a command answers what it printed', async () => {
  const { supervisor } = await open();
  expect(await supervisor.run(script('greet', "console.log('hello')"))).toBe('hello\n');
});

test('a command that fails is an error with its last line', async () => {
  const { supervisor } = await open();
  const failing = script('greet', "console.error('first'); console.error('last'); process.exit(1)");
  await expect(supervisor.run(failing)).rejects.toThrow('greet failed: last');
});

test('when the guard loses its owner it ends every process and removes the folder', async () => {
  const { supervisor, guard, folder } = await open();
  const child = await supervisor.start(script('app', deaf));
  const log = join(folder, 'logs/app.log');
  await until(async () => (await readFile(log, 'utf8')).includes('deaf'), { what: 'its handler' });

  await guard.close();

  expect((await child.exited).signal).toBe('SIGKILL');
  await expect(readFile(log)).rejects.toThrow('ENOENT');
});

test('after the end nothing more is started', async () => {
  const { supervisor } = await open();
  await supervisor.stopAll();
  await expect(supervisor.start(script('app', forever))).rejects.toThrow(
    'app was not started, because the rehearsal is ending',
  );
});
