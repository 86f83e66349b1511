import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { ownCertificateName } from '../../../runtime/store/edge/certificate-record.ts';
import { EdgeRecordWatch } from '../../../runtime/store/edge/edge-record-watch.ts';
import { EdgeRecords } from '../../../runtime/store/edge/edge-records.ts';
import { SealingKeys } from '../../../runtime/store/edge/sealing-keys.ts';
import { test as base } from '../../support/fixtures.ts';
import { silentLogger } from '../../support/silent-logger.ts';

const newKey = () => randomBytes(32).toString('base64');
const [key, otherKey] = [newKey(), newKey()];
const hash = redisKeys('shop').certificates;
const record = {
  name: ownCertificateName('shop'),
  open: { chainPem: 'chain' },
  secret: 'top secret',
};

// oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from it
const test = base.extend('folder', async ({}, { onCleanup }): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-records-'));
  onCleanup(() => rm(folder, { recursive: true, force: true }));
  return folder;
});

function recordsOf(redis: Redis, keys: readonly string[] = [key]): EdgeRecords {
  return new EdgeRecords(redis, 'shop', new SealingKeys(keys));
}

function watchOf(redis: Redis, keys?: readonly string[], file?: string): EdgeRecordWatch {
  return new EdgeRecordWatch({ store: recordsOf(redis, keys), file, logger: silentLogger });
}

test('a record is stored with its secret sealed, and every proxy reads it', async ({ redis }) => {
  const [writer, reader] = [watchOf(redis), watchOf(redis)];
  const seen: string[][] = [];
  reader.onChange((records) => seen.push([...records.keys()]));
  await writer.put(record);
  expect(JSON.stringify(await redis.hgetall(hash))).not.toContain('secret');
  await reader.poll();
  expect(reader.records.get(record.name)).toMatchObject(record);
  // A poll without a change notifies nobody.
  await reader.poll();
  expect(seen).toEqual([[record.name]]);
  await writer.put({ ...record, secret: 'another' });
  await reader.poll();
  expect(reader.records.get(record.name)?.secret).toBe('another');
});

test('a Redis that was emptied gets the newest records back from whoever has them', async ({
  redis,
}) => {
  const [one, two] = [watchOf(redis), watchOf(redis)];
  await one.put(record);
  await two.poll();
  await two.put({ ...record, secret: 'newer' });
  await redis.flushall();
  await one.poll();
  await two.poll();
  await one.poll();
  const { records } = await recordsOf(redis).read();
  expect(records.map(({ secret }) => secret)).toEqual(['newer']);
  expect(one.records.get(record.name)?.secret).toBe('newer');
});

test('a Redis that went back to an older record gets the newer one back', async ({ redis }) => {
  const watch = watchOf(redis);
  await watch.put(record);
  const backup = await redis.hgetall(hash);
  await watch.put({ ...record, secret: 'newer' });
  await watch.poll();
  await redis.hset(hash, backup);
  await watch.poll();
  const { records } = await recordsOf(redis).read();
  expect(records.map(({ secret }) => secret)).toEqual(['newer']);
});

test('a record that Redis did not take is at hand, and Redis gets it later', async ({ redis }) => {
  const store = recordsOf(redis);
  let fails = true;
  const watch = new EdgeRecordWatch({
    store: {
      version: () => store.version(),
      read: () => store.read(),
      putBack: (records) => store.putBack(records),
      sealAnew: (given) => store.sealAnew(given),
      put: async (given) => {
        if (fails) throw new Error('full');
        return await store.put(given);
      },
    },
    file: undefined,
    logger: silentLogger,
  });
  await watch.poll();
  await watch.put(record);
  expect(watch.records.get(record.name)?.secret).toBe('top secret');
  fails = false;
  await watch.poll();
  const { records } = await store.read();
  expect(records.map(({ secret }) => secret)).toEqual(['top secret']);
});

test('the records are on disk for the owner alone, and are read without Redis', async ({
  redis,
  folder,
}) => {
  const file = join(folder, 'certificates-shop.json');
  const watch = watchOf(redis, [key], file);
  await watch.put(record);
  await watch.settled();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const later = watchOf(redis, [key], file);
  await later.restore();
  expect(later.records.get(record.name)).toMatchObject(record);
  expect(later.isFresh).toBe(false);
  expect(await readFile(file, 'utf8')).toContain('top secret');
});

test('a rotated key opens what the key before sealed, and names it for sealing anew', async ({
  redis,
}) => {
  await watchOf(redis, [key]).put(record);
  const rotated = watchOf(redis, [otherKey, key]);
  await rotated.poll();
  expect(rotated.records.get(record.name)?.secret).toBe('top secret');
  expect(rotated.outdated).toEqual([record.name]);
  expect(await rotated.sealAnew(record.name)).toBe(true);
  await rotated.poll();
  expect(rotated.outdated).toEqual([]);
  // The old key is not needed any more.
  const after = watchOf(redis, [otherKey]);
  await after.poll();
  expect(after.records.get(record.name)?.secret).toBe('top secret');
});

test('a record that somebody replaces meanwhile is not sealed anew in its old form', async ({
  redis,
}) => {
  await watchOf(redis, [key]).put(record);
  const rotated = watchOf(redis, [otherKey, key]);
  await rotated.poll();
  await recordsOf(redis, [key]).put({ ...record, secret: 'newer' });
  expect(await rotated.sealAnew(record.name)).toBe(false);
  await rotated.poll();
  expect(rotated.records.get(record.name)?.secret).toBe('newer');
});

test('a record that no key opens is left alone, and stored anew by who has it', async ({
  redis,
}) => {
  const before = watchOf(redis, [key]);
  await before.put(record);
  const stranger = watchOf(redis, [otherKey]);
  await stranger.poll();
  expect(stranger.records.size).toBe(0);
  expect(stranger.outdated).toEqual([]);
  await before.poll();
  expect(before.records.get(record.name)?.secret).toBe('top secret');
});

test('a sealed secret opens in its own place alone, and not if a bit of it was changed', () => {
  const keys = new SealingKeys([key]);
  const sealed = keys.seal('top secret', 'here');
  expect(keys.open(sealed, 'here')).toEqual({ text: 'top secret', isCurrent: true });
  expect(keys.open(sealed, 'there')).toBeUndefined();
  // Not the last character, some bits of which stand for nothing.
  const [at, last] = [sealed.at(-2), sealed.at(-1)];
  const changed = `${sealed.slice(0, -2)}${at === 'A' ? 'B' : 'A'}${last}`;
  expect(keys.open(changed, 'here')).toBeUndefined();
  expect(keys.open('', 'here')).toBeUndefined();
  expect(new SealingKeys([otherKey]).open(sealed, 'here')).toBeUndefined();
});
