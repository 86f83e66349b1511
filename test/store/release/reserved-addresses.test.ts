import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { memberPorts } from '../../../runtime/contract/ports.ts';
import { edgeKeys, redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { stableHash } from '../../../runtime/core/routing/stable-hash.ts';
import { drain, release } from '../../../runtime/core/release/transitions.ts';
import { ReleaseStore } from '../../../runtime/store/release/release-store.ts';
import { test } from '../../support/fixtures.ts';
import { clientOf } from '../../support/redis/redis-client.ts';

const range = memberPorts.last - memberPorts.first + 1;
/** Service whose first port is that of shop. */
const twin = Array.from({ length: 1_000_000 }, (_, index) => `twin-${index}`).find(
  (name) => stableHash(range, name) === stableHash(range, 'shop'),
);
if (twin === undefined) throw new Error('no service has the first port of shop');

function stable(id: string) {
  return { id, track: 'stable', version: '1', host: 'host-1', address: '10.0.0.1' } as const;
}

async function urlOf(redis: Redis, service: string, id: string): Promise<string | undefined> {
  const outcome = await new ReleaseStore(redis, service, { by: 'ci' }).reserve(stable(id));
  if (outcome.kind === 'refused') throw new Error(outcome.rule);
  return outcome.document.members.find((member) => member.id === id)?.url;
}

test('two services whose first ports are the same get different ports of one host', async ({
  redis,
}) => {
  const shop = await urlOf(redis, 'shop', 's1');
  expect(await urlOf(redis, twin, 't1')).not.toBe(shop);
  // A repeated reservation keeps its port.
  expect(await urlOf(redis, 'shop', 's1')).toBe(shop);
});

test('services that reserve at the same time get different ports of one host', async ({
  redis,
  sharedServer,
}) => {
  const reserved = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      using own = await clientOf(sharedServer);
      return await urlOf(own, index % 2 === 0 ? 'shop' : twin, `m${index}`);
    }),
  );
  expect(new Set(reserved).size).toBe(20);
  expect(await redis.get(edgeKeys.reservations)).toBe('20');
});

test('the port of a deregistered member is free, and given away last', async ({ redis }) => {
  const shop = await urlOf(redis, 'shop', 's1');
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  await store.change((document) => drain(document, 's1'));
  expect(await urlOf(redis, twin, 't1')).not.toBe(shop);
  await store.change((document) => release(document, 's1'));
  // A proxy that is cut off from Redis may go on sending the requests of shop there.
  expect(await urlOf(redis, twin, 't2')).not.toBe(shop);
  await redis.set(edgeKeys.reservations, range);
  expect(await urlOf(redis, twin, 't3')).toBe(shop);
});

test('members that a service of an earlier version reserved hold their ports', async ({
  redis,
}) => {
  const shop = await urlOf(redis, 'shop', 's1');
  await redis.del(edgeKeys.reservations);
  expect(await urlOf(redis, twin, 't1')).not.toBe(shop);
});

test('a document of another service that cannot be read stops no reservation', async ({
  redis,
}) => {
  await redis.set(redisKeys('blog').release, 'not JSON');
  expect(await urlOf(redis, 'shop', 's1')).toContain('http://10.0.0.1:');
});
