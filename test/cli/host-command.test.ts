import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { until } from '../support/until.ts';
import { test } from './fixtures.ts';

/** Arguments of `perch` that reserve a stable member. */
function reserve(id: string, host: string, address: string): string[] {
  const what = ['--track', 'stable', '--version', '1.4.2'];
  return ['member', 'reserve', '--id', id, ...what, '--host', host, '--address', address];
}

/** Stores the newest sample of a host's monitor, for as long as the test runs. */
async function writeSample(redis: Redis, host: string): Promise<void> {
  const sample = { host, at: 1, disks: [], workloads: [], problems: [] };
  await redis.set(redisKeys('shop').sample(host), JSON.stringify(sample));
}

const twoHosts = test.extend('members', async ({ run }) => {
  for (const [id, host, address] of [
    ['s1', 'web-1', '10.0.0.5'],
    ['s2', 'web-2', '10.0.0.6'],
  ] as const) {
    await run(...reserve(id, host, address));
    await run('member', 'activate', '--id', id);
  }
  return ['s1', 's2'];
});

twoHosts(
  'a host is drained once its requests ended, and undraining brings the same members back',
  async ({ redis, reports, reportForLong, json, members: _members, run }) => {
    await reportForLong({ generation: 4, inFlight: { s2: 1 } });
    const drained = json('host', 'drain', 'web-2');
    await until(() => redis.xlen(redisKeys('shop').events).then((events) => events === 5));
    await reportForLong({ generation: 5, inFlight: {} });
    expect(await drained).toEqual({ host: 'web-2', members: ['s2'], generation: 5 });
    await reports.remove('proxy-1');
    expect(await json('host', 'undrain', 'web-2', '--member', 's2')).toEqual({
      host: 'web-2',
      generation: 6,
      changed: true,
    });
    expect((await run('host', 'undrain', 'web-2')).stdout).toBe(
      'nothing changed: host web-2 has no member that `host drain` drained, generation 6\n',
    );
    expect(await json('status')).toMatchObject({
      release: { members: [{ id: 's1' }, { id: 's2', state: 'active' }] },
    });
  },
);

twoHosts(
  'a host without a member is an error that names the nearest host',
  async ({ run, members: _members }) => {
    expect(await run('host', 'drain', 'web2')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/host web2 has no member; did you mean web-[12]\?/),
    });
  },
);

twoHosts(
  'the members of a dead host are deregistered at once, those of a live host are not',
  async ({ redis, run, json, members: _members }) => {
    await writeSample(redis, 'web-1');
    expect(await run('member', 'deregister', '--host', 'web-1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('host web-1 is alive'),
    });
    expect(await json('member', 'deregister', '--host', 'web-2')).toEqual({
      host: 'web-2',
      generation: 5,
    });
    expect(await json('status')).toMatchObject({ release: { members: [{ id: 's1' }] } });
    expect(await json('events', '--last', '1')).toMatchObject({
      text: 'deregistered member s2 of host web-2',
    });
  },
);

twoHosts(
  'status names the hosts that are silent while others report',
  async ({ redis, run, json, members: _members }) => {
    expect((await run('status')).stdout).not.toContain('is silent');
    await writeSample(redis, 'web-1');
    expect((await run('status')).stdout).toContain(
      'host web-2 is silent: its monitor has not reported for 15 s (members s2)',
    );
    expect(await json('status')).toMatchObject({ silentHosts: ['web-2'] });
  },
);
