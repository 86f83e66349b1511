import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../rehearsal/loopback.ts';
import { RehearsalProcess } from '../support/processes/rehearsal-process.ts';
import { until } from '../support/until.ts';
import { unless, whyNoLinux } from '../support/skip.ts';

async function running(...args: string[]): Promise<RehearsalProcess> {
  const port = String(await freePort());
  const rehearsal = await RehearsalProcess.start(['--port', port, '--traffic', '20', ...args]);
  // The first line about requests comes once it can be interrupted in order.
  await rehearsal.untilPrinted(/the canary gets 25%[^]*failed 0/);
  return rehearsal;
}

const isGone = async (rehearsal: RehearsalProcess) =>
  (await rehearsal.processes()).length === 0 && (await rehearsal.remainingFiles()).length === 0;

// /proc shows which processes belong to a rehearsal.
describe('on Linux', unless(whyNoLinux()), () => {
  test('Ctrl-C ends every process of a rehearsal, which exits with 0 if no request failed', async () => {
    await using rehearsal = await running();
    // Redis, proxy and its worker, console, monitor, mailbox, four members, the guard.
    const commands = (await rehearsal.processes()).map(({ command }) => command);
    expect(commands).toHaveLength(11);
    expect(commands.filter((command) => /redis:\/\/|[0-9a-f]{48}/.test(command))).toEqual([]);
    rehearsal.signal('SIGINT');

    const exit = await rehearsal.exited;
    const { output } = rehearsal;
    expect({ exit, output }).toEqual({ exit: 0, output: expect.stringContaining('failed 0') });
    expect(output.indexOf('http://127.0.0.1:')).toBeLessThan(output.indexOf('ready'));
    expect(await rehearsal.processes()).toEqual([]);
    expect(await rehearsal.remainingFiles()).toEqual([]);
  });

  test('the report of an interrupted scenario is not ok', async () => {
    const options = `--scenario redis-down --port ${await freePort()}`;
    await using rehearsal = await RehearsalProcess.start(options.split(' '));
    await rehearsal.untilPrinted(/Redis hangs/);
    rehearsal.signal('SIGTERM');

    expect(await rehearsal.exited).toBe(143);
    expect(await rehearsal.report()).toMatchObject({ scenario: 'redis-down', ok: false });
    expect(await rehearsal.processes()).toEqual([]);
  });

  test('the crash of one process ends all of them with one clear line', async () => {
    await using rehearsal = await running();
    const member = (await rehearsal.processes()).find(({ command }) =>
      command.includes('perch.ts app'),
    );
    if (member === undefined) throw new Error('there is no member');
    process.kill(member.pid, 'SIGKILL');

    expect(await rehearsal.exited).toBe(1);
    expect(rehearsal.output).toMatch(
      /^rehearsal: (stable|canary)-\d ended unexpectedly, by SIGKILL/m,
    );
    expect(await rehearsal.processes()).toEqual([]);
  });

  test('a killed rehearsal leaves no process and no file', async () => {
    await using rehearsal = await running();
    rehearsal.signal('SIGKILL');
    await rehearsal.exited;

    await until(() => isGone(rehearsal), { what: 'the guard to end everything' });
  });

  test('a rehearsal ends when its parent process is gone', async () => {
    const port = String(await freePort());
    await using rehearsal = await RehearsalProcess.start(['--port', port], { throughShell: true });
    await rehearsal.untilPrinted(/the canary gets 25%[^]*failed 0/);
    rehearsal.signal('SIGKILL');

    await until(() => isGone(rehearsal), { what: 'the end of the rehearsal' });
  });
});

test('a port in use is reported in one clear line before anything starts', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await using rehearsal = await RehearsalProcess.start(['--port', String(port)]);

  expect(await rehearsal.exited).toBe(1);
  expect(rehearsal.output).toBe(
    `rehearsal: --port must be a free port of 127.0.0.1, got ${port}, which is in use or not allowed\n`,
  );
  expect(await rehearsal.remainingFiles()).toEqual([]);
  taken.close();
});

test('bad options are reported in one line with exit code 2', async () => {
  await using rehearsal = await RehearsalProcess.start(['--weight', '101', '--prot', '1']);

  expect(await rehearsal.exited).toBe(2);
  expect(rehearsal.output).toBe(
    'rehearsal: --prot is not an option; did you mean --port?; arguments must be options, got 1; --weight must be a percentage from 0 to 100 with at most two decimals, got 101\n',
  );
  expect(await rehearsal.remainingFiles()).toEqual([]);
});

test('a Redis that is too old is reported in one clear line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-old-redis-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const script = '#!/bin/sh\necho "Redis server v=6.2.14 sha=00000000:0 malloc=libc bits=64"\n';
  await writeFile(join(folder, 'redis-server'), script, { mode: 0o755 });
  const port = String(await freePort());
  await using rehearsal = await RehearsalProcess.start(['--port', port], { env: { PATH: folder } });

  expect(await rehearsal.exited).toBe(1);
  expect(rehearsal.output).toContain(
    'rehearsal: a rehearsal needs redis-server 7 or later, or valkey-server; got redis-server 6.2.14\n',
  );
  expect(await rehearsal.processes()).toEqual([]);
});
