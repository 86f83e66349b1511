import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { activate } from '../../runtime/core/release/transitions.ts';
import { ServiceRegistry } from '../../runtime/store/edge/service-registry.ts';
import { ReleaseStore } from '../../runtime/store/release/release-store.ts';
import { perch } from '../support/processes/perch.ts';
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
    expect(await drained).toEqual({
      host: 'web-2',
      members: ['s2'],
      generation: 5,
      services: [{ service: 'shop', members: ['s2'], generation: 5 }],
      undrained: [],
    });
    await reports.remove('proxy-1');
    expect(await json('host', 'undrain', 'web-2', '--member', 's2')).toEqual({
      host: 'web-2',
      generation: 6,
      changed: true,
      services: [{ service: 'shop', generation: 6 }],
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
  'a host is drained for every service that has members there, and for none if one would lose its last',
  async ({ environment, redis, run, json, members: _members }) => {
    for (const [service, id, host] of [
      ['blog', 'b1', 'web-1'],
      ['blog', 'b2', 'web-2'],
      ['shop-console', 'c1', 'web-2'],
    ] as const) {
      await new ServiceRegistry(redis).set(service, undefined);
      const releases = new ReleaseStore(redis, service, { by: 'ci' });
      const [track, version, address] = ['stable', '1.4.2', '10.0.0.7'] as const;
      await releases.reserve({ id, track, version, host, address });
      await releases.change((document) => activate(document, id));
    }
    const states = async (service: string) => {
      const read = await new ReleaseStore(redis, service, { by: 'ci' }).read();
      if (read.kind !== 'found') throw new Error(`${service} has no release`);
      return read.document.members.map(({ id, state }) => `${id} ${state}`);
    };
    expect(await json('host', 'drain', 'web-2')).toMatchObject({
      services: [
        { service: 'shop', members: ['s2'] },
        { service: 'blog', members: ['b2'] },
      ],
    });
    expect(await states('blog')).toEqual(['b1 active', 'b2 draining']);
    // Its one member is down while its host is.
    expect(await states('shop-console')).toEqual(['c1 active']);
    await run('host', 'undrain', 'web-2');
    expect(await states('blog')).toEqual(['b1 active', 'b2 active']);

    // A guest is about its own members.
    const blog = { ...environment, PERCH_SERVICE: 'blog' };
    const alone = await perch(['host', 'drain', 'web-1'], blog);
    expect(alone.stdout).toMatch(/is drained \(b1\)/);
    expect(await states('shop')).toEqual(['s1 active', 's2 active']);
    expect(await run('host', 'drain', 'web-2')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('service blog: host web-2 has the last active stable'),
    });
    expect(await states('shop')).toEqual(['s1 active', 's2 active']);
    expect(await json('host', 'drain', 'web-2', '--accept-outage')).toMatchObject({
      services: [{ service: 'shop', members: ['s2'] }],
      undrained: [{ service: 'blog' }],
    });
    expect(await states('blog')).toEqual(['b1 draining', 'b2 active']);
  },
);

twoHosts(
  'a guest that a new Redis has not registered yet is about its own members, not those of other guests',
  async ({ environment, redis, reportForLong, members: _members }) => {
    await reportForLong({ generation: 4, ownCertificates: {} });
    await new ServiceRegistry(redis).set('docs', undefined);
    for (const [service, id, host] of [
      ['blog', 'b1', 'web-1'],
      ['blog', 'b2', 'web-2'],
      ['docs', 'd1', 'web-1'],
      ['docs', 'd2', 'web-2'],
    ] as const) {
      const releases = new ReleaseStore(redis, service, { by: 'ci' });
      const [track, version, address] = ['stable', '1.4.2', '10.0.0.7'] as const;
      await releases.reserve({ id, track, version, host, address });
      await releases.change((document) => activate(document, id));
    }
    const blog = { ...environment, PERCH_SERVICE: 'blog' };
    const drained = await perch(['host', 'drain', 'web-1', '--json'], blog);
    expect(JSON.parse(drained.stdout)).toMatchObject({
      services: [{ service: 'blog', members: ['b1'] }],
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
