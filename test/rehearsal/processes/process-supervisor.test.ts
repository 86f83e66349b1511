import { mkdtemp, mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { GuardProcess } from '../../../rehearsal/processes/guard-process.ts';
import {
  ProcessSupervisor,
  type Program,
} from '../../../rehearsal/processes/process-supervisor.ts';
import { isRunning } from '../../support/processes/processes.ts';
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

test('a process that ends unexpectedly is reported with its exit code and its last line', async () => {
  const { supervisor } = await open();
  await supervisor.start(script('app', "console.error('no such thing'); process.exit(3)"));

  await expect(supervisor.crashed).rejects.toMatchObject({
    code: 'process_failed',
    message: 'app ended unexpectedly, with exit code 3: no such thing',
  });
});

test('a process that ends with a stack trace is reported with the error, not the last line', async () => {
  const { supervisor } = await open();
  await supervisor.start(script('app', "throw new RangeError('too far')"));

  await expect(supervisor.crashed).rejects.toThrow('with exit code 1: RangeError: too far');
});

test('a process that another program kills is reported with the signal', async () => {
  const { supervisor } = await open();
  const child = await supervisor.start(script('app', forever));
  process.kill(child.pid, 'SIGKILL');

  await expect(supervisor.crashed).rejects.toThrow('app ended unexpectedly, by SIGKILL');
});

test('the start of a program that does not exist is an error, not a crash', async () => {
  const { supervisor } = await open();
  const starting = supervisor.start({ name: 'app', command: 'no-such-program', args: [] });
  await expect(starting).rejects.toThrow('app could not be started');
});

test('a stopped process ends with its whole group and counts as no crash', async () => {
  const { supervisor, folder } = await open();
  const grandchild = `require('node:child_process').spawn(process.execPath, ['-e', "${forever}"])`;
  const child = await supervisor.start(script('app', `console.log(${grandchild}.pid); ${forever}`));
  const log = join(folder, 'logs/app.log');
  const pid = await until(async () => Number(await readFile(log, 'utf8')), { what: 'a child' });

  await child.stop();

  expect(isRunning(child.pid)).toBe(false);
  await until(() => !isRunning(pid), { what: 'the end of the grandchild' });
  const outcome = await Promise.race([supervisor.crashed, Promise.resolve('no crash')]);
  expect(outcome).toBe('no crash');
});

test('a process that ignores SIGTERM is killed at the timeout', async () => {
  const { supervisor, folder } = await open();
  const child = await supervisor.start(script('app', deaf));
  const log = join(folder, 'logs/app.log');
  await until(async () => (await readFile(log, 'utf8')).includes('deaf'), { what: 'its handler' });

  await child.stop(100);

  expect(child.exit).toEqual({ code: null, signal: 'SIGKILL' });
});

test('a process paused by SIGSTOP ends by SIGTERM, too', async () => {
  const { supervisor } = await open();
  const child = await supervisor.start(script('app', forever));
  child.signal('SIGSTOP');

  await child.stop();

  expect(child.exit).toEqual({ code: null, signal: 'SIGTERM' });
});

test('a command returns its output', async () => {
  const { supervisor } = await open();
  expect(await supervisor.run(script('greet', "console.log('hello')"))).toBe('hello\n');
});

test('a failed command is an error with its last line', async () => {
  const { supervisor } = await open();
  const failing = script('greet', "console.error('first'); console.error('last'); process.exit(1)");
  await expect(supervisor.run(failing)).rejects.toThrow('greet failed: last');
});

test('a guard without its owner ends every process and removes the folder', async () => {
  const { supervisor, guard, folder } = await open();
  const child = await supervisor.start(script('app', deaf));
  const log = join(folder, 'logs/app.log');
  await until(async () => (await readFile(log, 'utf8')).includes('deaf'), { what: 'its handler' });

  await guard.close();

  expect((await child.exited).signal).toBe('SIGKILL');
  await expect(readFile(log)).rejects.toThrow('ENOENT');
});

test('a supervisor that has stopped starts nothing', async () => {
  const { supervisor } = await open();
  await supervisor.stopAll();
  await expect(supervisor.start(script('app', forever))).rejects.toThrow(
    'app was not started, because the rehearsal is ending',
  );
});
