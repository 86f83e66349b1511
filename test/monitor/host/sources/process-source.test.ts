import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { ProcessSource } from '../../../../runtime/monitor/host/sources/process-source.ts';
import { until } from '../../../support/until.ts';
import { unless, whyNoLinux } from '../../../support/skip.ts';

const service = `test-${process.pid}`;
const redisUrl = 'redis://127.0.0.1:1';
const children: ChildProcess[] = [];

/** Starts a process with the environment of a member, which runs `code`. */
async function member(id: string, code: string, environment: object = {}): Promise<ChildProcess> {
  const idle = `${code}; console.log('up'); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['-e', idle], {
    env: {
      PERCH_SERVICE: service,
      PERCH_MEMBER_ID: id,
      PERCH_TRACK: 'canary',
      PERCH_VERSION: '2',
      PERCH_REDIS_URL: redisUrl,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  children.push(child);
  if (child.stdout === null) throw new Error('the member has no output');
  await once(child.stdout, 'data');
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  // The whole group, with the processes that it started.
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await exited;
}

describe('on Linux', unless(whyNoLinux()), () => {
  let nowMs = Date.now();
  const newSource = () =>
    new ProcessSource({ procRoot: '/proc', service, redisUrl, now: () => nowMs });

  afterEach(async () => {
    for (const child of children.splice(0))
      if (child.exitCode === null && child.signalCode === null) await end(child);
  });

  test('the process source finds members by the service and the Redis in their environment, and no others', async () => {
    await member('canary-1', '');
    await member('other-1', '', { PERCH_SERVICE: 'other' });
    await member('other-2', '', { PERCH_REDIS_URL: 'redis://127.0.0.1:2' });
    const { workloads = [] } = await newSource().sample();
    expect(workloads).toMatchObject([
      { name: 'canary-1', memberId: 'canary-1', track: 'canary', version: '2', restartedAt: [] },
    ]);
    expect(workloads[0]?.id).toMatch(/^pid:\d+$/);
    expect(workloads[0]?.memoryBytes).toBeGreaterThan(10e6);
  });

  test('the process source finds the members of a service that has a Redis user of its own', async () => {
    await member('blog-1', '', { PERCH_REDIS_URL: 'redis://blog:password@127.0.0.1:1' });
    await member('other-1', '', { PERCH_REDIS_URL: 'redis://blog:password@127.0.0.1:2' });
    await member('other-2', '', { PERCH_REDIS_URL: 'no URL' });
    const { workloads = [] } = await newSource().sample();
    expect(workloads.map(({ name }) => name)).toEqual(['blog-1']);
  });

  test('the process source adds up the memory of a member and its children', async () => {
    const hoard = 'globalThis.held = Buffer.alloc(80e6, 1)';
    const fork = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(`${hoard}; setInterval(() => {}, 1000)`)}])`;
    await member('canary-1', fork);
    await until(
      async () => {
        const { workloads = [] } = await newSource().sample();
        return workloads.length === 1 && (workloads[0]?.memoryBytes ?? 0) > 150e6;
      },
      { what: 'both processes to count as one member' },
    );
    const { workloads = [] } = await newSource().sample();
    for (const pid of workloads.map(({ id }) => Number(id.slice(4))))
      expect(pid).toBeGreaterThan(0);
  });

  test('the process source reports CPU use from the second sample on', async () => {
    const source = newSource();
    await member(
      'canary-1',
      'setInterval(() => { const end = Date.now() + 90; while (Date.now() < end); }, 100)',
    );
    const [first] = (await source.sample()).workloads ?? [];
    expect(first).not.toHaveProperty('cpuPercent');
    await until(
      async () => {
        nowMs = Date.now();
        const [workload] = (await source.sample()).workloads ?? [];
        return (workload?.cpuPercent ?? 0) > 10;
      },
      { what: 'a busy member', everyMs: 300 },
    );
  });

  test('the process source records the restart of a member and forgets one that has ended', async () => {
    const source = newSource();
    await end(await member('canary-1', ''));
    expect((await source.sample()).workloads).toEqual([]);
    const child = await member('canary-1', '');
    await source.sample();
    await end(child);
    await member('canary-1', '');
    nowMs = 1_234;
    expect((await source.sample()).workloads).toMatchObject([{ restartedAt: [1_234] }]);
  });
});
