import fc from 'fast-check';
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { maxDocumentBytes } from '../../../runtime/core/release/release-document.ts';
import {
  activate,
  ejectCanary,
  release,
  reserve,
  setWeight,
} from '../../../runtime/core/release/transitions.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { ReleaseStore } from '../../../runtime/store/release/release-store.ts';
import { test } from '../../support/fixtures.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { startRedis } from '../../support/redis/redis-server.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { until } from '../../support/until.ts';

const keys = redisKeys('shop');

function stable(id: string) {
  return { id, track: 'stable', version: '1', host: 'host-1', address: '10.0.0.1' } as const;
}

test('the first change of a service creates its document, by the clock of Redis', async ({
  redis,
}) => {
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  expect(await store.read()).toEqual({ kind: 'absent' });
  const outcome = await store.change((document) => reserve(document, stable('s1')));
  const [seconds] = await redis.time();
  expect(outcome).toMatchObject({
    kind: 'changed',
    document: { generation: 1, updatedBy: 'ci', members: [{ id: 's1', state: 'reserved' }] },
  });
  const read = await store.read();
  expect(
    read.kind === 'found' && Math.abs(read.document.updatedAt / 1_000 - (seconds ?? 0)),
  ).toBeLessThan(60);
});

test('50 concurrent writers lose no update, and each generation is stored exactly once', async ({
  redis,
  sharedServer,
}) => {
  const writers = Array.from({ length: 50 }, (_, index) => index);
  const outcomes = await Promise.all(
    writers.map(async (index) => {
      using own = await clientOf(sharedServer);
      const store = new ReleaseStore(own, 'shop', { by: `writer-${index}` });
      return await store.change((document) => reserve(document, stable(`m${index}`)));
    }),
  );
  const generations = outcomes.map((outcome) =>
    outcome.kind === 'changed' ? outcome.document.generation : undefined,
  );
  expect(new Set(generations)).toEqual(new Set(writers.map((index) => index + 1)));
  const read = await new ReleaseStore(redis, 'shop', { by: 'reader' }).read();
  const members = read.kind === 'found' ? read.document.members : [];
  expect(new Set(members.map(({ id }) => id))).toEqual(
    new Set(writers.map((index) => `m${index}`)),
  );
  expect(new Set(members.map(({ url }) => url)).size).toBe(50);
  const events = await new EventLog(redis, 'shop').last(100);
  expect(events.map(({ generation }) => generation)).toEqual(writers.map((index) => index + 1));
});

test('a change is stored, logged as an event and published in one step', async ({
  redis,
  sharedServer,
}) => {
  using subscriber = await clientOf(sharedServer);
  const published: string[] = [];
  subscriber.on('message', (_channel, generation) => published.push(generation));
  await subscriber.subscribe(keys.releaseChanged);
  await new ReleaseStore(redis, 'shop', { by: 'ci' }).change((document) =>
    reserve(document, stable('s1')),
  );
  await until(() => published.length === 1, { what: 'the generation to be published' });
  expect(published).toEqual(['1']);
  expect(await new EventLog(redis, 'shop').last(10)).toMatchObject([
    { type: 'member-reserved', by: 'ci', generation: 1, text: expect.stringContaining('s1') },
  ]);
});

test('a transition that changes nothing stores nothing, and a refusal names its rule', async ({
  redis,
}) => {
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  await store.change((document) => reserve(document, stable('s1')));
  expect(await store.change((document) => reserve(document, stable('s1')))).toMatchObject({
    kind: 'unchanged',
  });
  expect(await store.change((document) => setWeight(document, 10))).toEqual({
    kind: 'refused',
    rule: 'weight must be 0 without an active canary member, got 10',
  });
  expect(await store.read()).toMatchObject({ document: { generation: 1 } });
  expect(await redis.xlen(keys.events)).toBe(1);
});

test("a writer whose epoch is older than the newest leader's is refused by the store", async ({
  redis,
}) => {
  await new ReleaseStore(redis, 'shop', { by: 'ci' }).change((document) =>
    reserve(document, stable('s1')),
  );
  await redis.set(keys.epoch, 7);
  const stale = new ReleaseStore(redis, 'shop', { by: 'old-leader', epoch: 6 });
  await expect(stale.change((document) => activate(document, 's1'))).rejects.toMatchObject({
    code: 'fenced',
  });
  expect(await redis.xlen(keys.events)).toBe(1);
  const leader = new ReleaseStore(redis, 'shop', { by: 'leader', epoch: 7 });
  expect(await leader.change((document) => activate(document, 's1'))).toMatchObject({
    kind: 'changed',
  });
});

test('evidence is stored in the document and in the event', async ({ redis }) => {
  const store = new ReleaseStore(redis, 'shop', { by: 'leader' });
  await store.change((document) => reserve(document, { ...stable('c1'), track: 'canary' }));
  await store.change((document) => activate(document, 'c1'));
  await store.change((document) => ejectCanary(document, 'too many errors', { eValue: 31 }));
  expect(await store.read()).toMatchObject({
    document: { evidence: { eValue: 31 }, reason: 'too many errors' },
  });
  const [event] = await new EventLog(redis, 'shop').last(1);
  expect(JSON.parse(event?.detail ?? '{}')).toEqual({ eValue: 31 });
});

test('a full Redis refuses the change and no part of it is applied', async () => {
  await using server = await startRedis({ config: { 'maxmemory-policy': 'noeviction' } });
  using redis = await clientOf(server);
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  await store.change((document) => reserve(document, stable('s1')));
  await redis.config('SET', 'maxmemory', '1');
  await expect(store.change((document) => activate(document, 's1'))).rejects.toMatchObject({
    code: 'redis_refused',
    message: 'store the release document: Redis is full (maxmemory) and evicts nothing',
  });
  await redis.config('SET', 'maxmemory', '0');
  expect(await store.read()).toMatchObject({ document: { generation: 1 } });
  expect(await redis.xlen(keys.events)).toBe(1);
});

test.for<[string, string]>([
  ['no JSON', '{"generation":'],
  ['no object', '[]'],
  ['no generation', '{}'],
  ['unknown fields', JSON.stringify({ ...releaseDocument(), extra: 1 })],
])(
  'a stored document with %s is refused and stays unchanged',
  async ([_what, poison], { redis }) => {
    await redis.set(keys.release, poison);
    const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
    expect(await store.read()).toMatchObject({
      kind: 'invalid',
      problem: { code: 'document_invalid' },
    });
    await expect(store.change((document) => reserve(document, stable('s1')))).rejects.toMatchObject(
      {
        code: 'document_invalid',
      },
    );
    expect(await redis.get(keys.release)).toBe(poison);
  },
);

test('a document over 1 MiB is refused without a transfer', async ({ redis }) => {
  await redis.set(keys.release, 'x'.repeat(maxDocumentBytes + 1));
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  await expect(store.change((document) => reserve(document, stable('s1')))).rejects.toThrow(
    `release document must be at most ${maxDocumentBytes} bytes, got ${maxDocumentBytes + 1}`,
  );
});

test('a change whose reply was lost is looked up and counts once', async ({ server }) => {
  using redis = await clientOf(server);
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  await store.change((document) => reserve(document, stable('s1')));
  let decisions = 0;
  const outcome = await store.change((document) => {
    decisions += 1;
    if (decisions === 1) {
      server.pause();
      setTimeout(() => server.resume(), 700); // longer than one command may take
    }
    return activate(document, 's1');
  });
  expect(outcome).toMatchObject({ document: { generation: 2, members: [{ state: 'active' }] } });
  expect(await redis.xlen(keys.events)).toBe(2);
});

test('changes in any order increase the generation by one each and leave the document valid', async ({
  redis,
}) => {
  const operation = fc.record({
    id: fc.constantFrom('s1', 's2', 'c1'),
    kind: fc.constantFrom('reserve', 'activate', 'release', 'weight'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 12 }), async (operations) => {
      await redis.flushall();
      const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
      let generation = 0;
      for (const { id, kind } of operations) {
        const track = id.startsWith('c') ? 'canary' : 'stable';
        const outcome = await store.change((document) => {
          if (kind === 'reserve') return reserve(document, { ...stable(id), track });
          if (kind === 'activate') return activate(document, id);
          if (kind === 'release') return release(document, id);
          return setWeight(document, 12.5);
        });
        if (outcome.kind === 'changed') generation += 1;
        const read = await store.read();
        expect(read.kind === 'found' ? read.document.generation : 0).toBe(generation);
      }
    }),
    { numRuns: 30, seed: 7 },
  );
});

test('a change whose event cannot be stored is not stored', async ({ redis }) => {
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  await store.change((document) => reserve(document, stable('s1')));
  const before = await redis.get(keys.release);
  await redis.set(keys.events, 'not a stream');
  await expect(store.change((document) => reserve(document, stable('s2')))).rejects.toMatchObject({
    code: 'redis_refused',
  });
  expect(await redis.get(keys.release)).toBe(before);
});

test.for([
  'not JSON',
  '{"generation":"seven"}',
  '{"generation":7,"service":"shop","colour":"red"}',
])('a document is restored over an unreadable one: %s', async (poison, { redis }) => {
  const store = new ReleaseStore(redis, 'shop', { by: 'operator' });
  await redis.set(keys.release, poison);
  const restored = await store.restore(releaseDocument({ generation: 5 }));
  expect(await store.read()).toEqual({ kind: 'found', document: restored });
  expect(restored.generation).toBe(poison.includes('7') ? 8 : 6);
});
