import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { EventLog } from '../../runtime/store/incidents/event-log.ts';
import { HookRuns } from '../../runtime/store/release/hook-runs.ts';
import { MaintenanceStore } from '../../runtime/store/release/maintenance-store.ts';
import { ReleaseHistoryStore } from '../../runtime/store/release/release-history-store.ts';
import { perch } from '../support/processes/perch.ts';
import { clientOf } from '../support/redis/redis-client.ts';
import { test as base } from './fixtures.ts';

const keys = redisKeys('shop');
const cookieKey = Buffer.alloc(32, 7).toString('base64');
const flag = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'on' };

const release = { stack: 'prod', track: 'stable' } as const;
const migration = { hook: 'beforeRelease', host: 'web-1' } as const;

/** `folder`: a folder of the test's own. `stored`: a service with a value under each key of a backup. */
const test = base
  .extend('folder', async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'perch-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    return folder;
  })
  .extend('stored', async ({ redis, staged }) => {
    await redis.set(keys.cookieKey, cookieKey);
    await redis.set(keys.epoch, '7');
    await redis.hset(keys.flags, 'new_feature', JSON.stringify(flag));
    await redis.hset(keys.incidents, 'host-disk|web-1:/', JSON.stringify({ id: 'one' }));
    await redis.hset(keys.acknowledgements, 'host-disk|web-1:/', JSON.stringify({ by: 'ann' }));
    await redis.xadd(keys.pastIncidents, '*', 'incident', JSON.stringify({ id: 'past' }));
    await redis.hset(keys.app, 'colour', 'blue');
    await redis.set(keys.leader, 'monitor', 'PX', 60_000);
    await new EventLog(redis, 'shop').append({ type: 'note', text: 'a "note"\n', by: 'ann' });
    await new ReleaseHistoryStore(redis, 'shop').append({ ...release, version: '1.0' });
    await new HookRuns(redis, 'shop').end({ ...migration, key: 'a' }, 1_700_000_000_000);
    await new MaintenanceStore(redis, 'shop').write({ on: false, by: 'ann' });
    return staged;
  });

test('a backup restores a service in another Redis', async ({
  environment,
  folder,
  json,
  redis,
  run,
  server,
  stored,
}) => {
  const read = await stored.releases.read();
  const document = read.kind === 'found' ? read.document : undefined;
  const file = join(folder, 'shop.backup');
  expect(await json('backup', file)).toMatchObject({
    service: 'shop',
    flags: 1,
    releases: 1,
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const piped = await run('backup', '-');
  const withoutTime = (text: string) => text.replace(/"at":\d+/, '');
  expect(withoutTime(piped.stdout)).toBe(withoutTime(await readFile(file, 'utf8')));

  const there = { ...environment, PERCH_REDIS_URL: server.url };
  const restored = await perch(['restore', '--backup', file, '--json'], there);
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  const generation = (document?.generation ?? 0) + 1;
  const members = document?.members.length;
  expect(JSON.parse(restored.stdout)).toEqual({ generation, members });

  using other = await clientOf(server);
  const { members: restoredMembers } = JSON.parse((await other.get(keys.release)) ?? '{}') as {
    members: unknown;
  };
  expect(restoredMembers).toEqual(document?.members);
  expect(await other.mget(keys.cookieKey, keys.epoch)).toEqual([cookieKey, '7']);
  expect(await other.exists(keys.leader)).toBe(0);
  for (const key of [keys.flags, keys.incidents, keys.acknowledgements, keys.app]) {
    expect(await other.hgetall(key)).toEqual(await redis.hgetall(key));
  }
  for (const key of [keys.releases, keys.pastIncidents]) {
    expect(await other.xrange(key, '-', '+')).toEqual(await redis.xrange(key, '-', '+'));
  }
  expect(await other.zrange(keys.hookRuns, '0', '-1', 'WITHSCORES')).toEqual([
    'beforeRelease a',
    '1700000000000',
  ]);
  expect(await other.get(keys.maintenance)).toEqual(await redis.get(keys.maintenance));
  const events = await other.xrange(keys.events, '-', '+');
  expect(events.slice(0, -1)).toEqual(await redis.xrange(keys.events, '-', '+'));
  expect(events.at(-1)?.[1]).toContain('restored');
});

test('a backup never takes the release document back', async ({
  folder,
  json,
  reportForLong,
  run,
  stored,
}) => {
  const file = join(folder, 'shop.backup');
  await json('backup', file);
  await stored.setWeight(5);
  const read = await stored.releases.read();
  const generation = read.kind === 'found' ? read.document.generation : 0;
  expect(await json('restore', '--backup', file)).toMatchObject({ generation });
  expect(await stored.releases.read()).toMatchObject({ document: { generation, weight: 5 } });
  await reportForLong({ generation: 90, condition: 'absent' });
  expect(await run('restore', '--backup', file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('live proxies apply generation 90'),
  });
});

test('a restore takes back no release, no hook and no maintenance that came after the backup', async ({
  folder,
  json,
  redis,
  stored: _stored,
}) => {
  const file = join(folder, 'shop.backup');
  await json('backup', file);
  const history = new ReleaseHistoryStore(redis, 'shop');
  const hookRuns = new HookRuns(redis, 'shop');
  await history.append({ ...release, version: '2.0' });
  await hookRuns.end({ ...migration, key: 'b' }, 1_700_000_001_000);
  await new MaintenanceStore(redis, 'shop').write({ on: true, by: 'eve' });
  // The one of the backup is lost.
  await redis.xtrim(keys.releases, 'MAXLEN', 1);
  await json('restore', '--backup', file);
  expect((await history.list()).map(({ version }) => version)).toEqual(['1.0', '2.0']);
  for (const key of ['a', 'b']) {
    expect(await hookRuns.begin({ ...migration, key }, 1_000)).toEqual({ kind: 'done' });
  }
  expect(await new MaintenanceStore(redis, 'shop').read()).toMatchObject({ on: true, by: 'eve' });
});

test('a restore begins no maintenance that a live proxy knows to be over', async ({
  folder,
  json,
  redis,
  reportForLong,
  stored: _stored,
}) => {
  const file = join(folder, 'shop.backup');
  const { at } = await new MaintenanceStore(redis, 'shop').write({ on: true, by: 'eve' });
  await json('backup', file);
  await redis.del(keys.maintenance);
  await reportForLong({ maintenance: { on: false, at: at + 1 } });
  await json('restore', '--backup', file);
  expect(await redis.exists(keys.maintenance)).toBe(0);
});

test('a backup of an earlier release is read, and what it does not have stays', async ({
  folder,
  json,
  redis,
  stored: _stored,
}) => {
  const file = join(folder, 'shop.backup');
  await json('backup', file);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const older = lines
    .slice(0, -1)
    .filter((line) => !/"kind":"(release|pastIncident|hookRun)"|"key":"maintenance"/.test(line))
    .map((line) => line.replace('"version":2', '"version":1'));
  expect(older.length).toBe(lines.length - 5);
  const end = JSON.stringify({ kind: 'end', lines: older.length - 1 });
  await writeFile(file, `${[...older, end].join('\n')}\n`);
  const before = await redis.dump(keys.releases);
  await json('restore', '--backup', file);
  expect(await redis.dump(keys.releases)).toEqual(before);
  expect(await redis.exists(keys.hookRuns, keys.maintenance, keys.pastIncidents)).toBe(3);
});

test('a backup of a later release is refused by its version', async ({
  folder,
  json,
  run,
  stored: _stored,
}) => {
  const file = join(folder, 'shop.backup');
  await json('backup', file);
  await writeFile(file, (await readFile(file, 'utf8')).replace('"version":2', '"version":3'));
  expect(await run('restore', '--backup', file)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('version must be 1 or 2'),
  });
});

test('a backup that is not valid is refused with all of its problems, and nothing is changed', async ({
  folder,
  json,
  redis,
  run,
  stored: _stored,
}) => {
  const file = join(folder, 'shop.backup');
  await json('backup', file);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const spoilt = lines
    .slice(0, -1)
    .map((line) => line.replace('"shop"', '"other"').replace(cookieKey, 'no-cookie-key'))
    .map((line) => line.replace('ENABLED', 'PERHAPS'));
  await writeFile(file, `${spoilt.join('\n')}\nnot JSON\n`);
  const before = await redis.dump(keys.flags);
  const { code, stderr } = await run('restore', '--backup', file);
  expect(code).toBe(2);
  for (const problem of [
    'service must be shop, got other',
    'must be 32 bytes in base64',
    'flag new_feature',
    'must be a line of a backup',
    'the file is not whole',
  ]) {
    expect(stderr).toContain(problem);
  }
  expect(stderr).not.toContain('no-cookie-key');
  expect(await redis.dump(keys.flags)).toEqual(before);
});
