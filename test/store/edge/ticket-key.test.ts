import { mkdtemp, rm, stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { SealingKeys } from '../../../runtime/store/edge/sealing-keys.ts';
import { TicketKeyFile } from '../../../runtime/store/edge/ticket-key-file.ts';
import { TicketKeyStore } from '../../../runtime/store/edge/ticket-key-store.ts';
import { rotatedTicketKeys } from '../../../runtime/store/edge/ticket-key.ts';
import { test } from '../../support/fixtures.ts';

const hourMs = 3_600_000;
const newSealingKey = () => randomBytes(32).toString('base64');
const rotated = (nowMs: number) => (stored: Parameters<typeof rotatedTicketKeys>[0]) =>
  rotatedTicketKeys(stored, nowMs);

test('the keys stay as they are until the newest has sealed for twelve hours', () => {
  const keys = rotatedTicketKeys([], 0);
  expect(keys).toMatchObject([{ fromMs: 0 }]);
  expect(rotatedTicketKeys(keys, 11 * hourMs)).toBe(keys);
  const next = rotatedTicketKeys(keys, 12 * hourMs);
  expect(next).toMatchObject([{ fromMs: 12 * hourMs + 60_000 }, keys[0]]);
});

test('a key whose clock ran ahead is replaced', () => {
  const ahead = rotatedTicketKeys([], 100 * hourMs);
  expect(rotatedTicketKeys(ahead, 0)[0]).toMatchObject({ fromMs: 60_000 });
});

test('Redis holds the keys sealed, and all proxies get the same', async ({ redis }) => {
  const sealing = new SealingKeys([newSealingKey()]);
  const first = new TicketKeyStore(redis, 'shop', sealing);
  const second = new TicketKeyStore(redis, 'shop', sealing);
  const [keys, same] = await Promise.all([first.update(rotated(0)), second.update(rotated(0))]);
  expect(same).toEqual(keys);
  const stored = (await redis.get(redisKeys('shop').ticketKeys)) ?? '';
  expect(stored).not.toContain(keys[0]?.key);
  expect(stored).toMatch(/^[\w-]{11}\.[\w-]+$/);
});

test('a rotated sealing key opens what the old one sealed, and seals it anew', async ({
  redis,
}) => {
  const [oldKey, newKey] = [newSealingKey(), newSealingKey()];
  const keys = await new TicketKeyStore(redis, 'shop', new SealingKeys([oldKey])).update(
    rotated(0),
  );
  const both = new TicketKeyStore(redis, 'shop', new SealingKeys([newKey, oldKey]));
  expect(await both.update(rotated(1))).toEqual(keys);
  const afterwards = new TicketKeyStore(redis, 'shop', new SealingKeys([newKey]));
  expect(await afterwards.update(rotated(2))).toEqual(keys);
});

test('keys that nobody can open are replaced', async ({ redis }) => {
  await redis.set(redisKeys('shop').ticketKeys, 'garbage');
  const store = new TicketKeyStore(redis, 'shop', new SealingKeys([newSealingKey()]));
  expect(await store.update(rotated(0))).toHaveLength(1);
});

test('workers share the keys by a file that only its owner may read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-tickets-'));
  try {
    const path = join(folder, 'ticket-keys.json');
    const [one, two] = [new TicketKeyFile(path), new TicketKeyFile(path)];
    const [keys, same] = await Promise.all([one.update(rotated(0)), two.update(rotated(0))]);
    expect(same).toEqual(keys);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const next = await two.update(rotated(12 * hourMs));
    expect(next).toHaveLength(2);
    expect(await one.update(rotated(12 * hourMs))).toEqual(next);
  } finally {
    await rm(folder, { recursive: true });
  }
});
