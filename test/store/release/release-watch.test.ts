import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import {
  maxDocumentBytes,
  type ReleaseDocument,
} from '../../../runtime/core/release/release-document.ts';
import { LastGoodStore } from '../../../runtime/store/release/last-good-store.ts';
import { connectRedis } from '../../../runtime/store/redis/connection.ts';
import {
  ReleaseWatch,
  type ReleaseWatchOptions,
} from '../../../runtime/store/release/release-watch.ts';
import { test } from '../../support/fixtures.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import type { TestRedis } from '../../support/redis/redis-server.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const keys = redisKeys('shop');
const never = 3_600_000;

async function watching(server: TestRedis, options: Partial<ReleaseWatchOptions> = {}) {
  const redis = connectRedis({ url: server.url, name: 'perch-test', logger: silentLogger });
  const watch = new ReleaseWatch({
    redis,
    service: 'shop',
    logger: silentLogger,
    pollIntervalMs: 50,
    ...options,
  });
  onTestFinished(async () => {
    await watch.stop();
    redis.disconnect();
  });
  const documents: ReleaseDocument[] = [];
  watch.onChange((document) => documents.push(document));
  return { watch, client: redis, documents };
}

/** Stores a document without the script, and therefore without a hint. */
async function storeWithoutHint(server: TestRedis, value: string): Promise<void> {
  const redis = connectRedis({ url: server.url, name: 'perch-test', logger: silentLogger });
  await until(() => redis.status === 'ready');
  await redis.set(keys.release, value);
  redis.disconnect();
}

function document(generation: number): string {
  return JSON.stringify(releaseDocument({ generation, members: [member('stable-1', 20_000)] }));
}

test('a hint delivers a new document long before the next poll', async ({
  redis,
  sharedServer,
}) => {
  const { watch, client, documents } = await watching(sharedServer, { pollIntervalMs: never });
  await until(() => client.status === 'ready');
  await watch.start();
  expect(watch.condition).toBe('waiting');
  await redis.set(keys.release, document(3));
  await until(async () => (await redis.publish(keys.releaseChanged, '3')) === 1, {
    what: 'a subscriber',
  });
  await until(() => watch.current?.generation === 3, { what: 'the watch to read the document' });
  expect(documents.map(({ generation }) => generation)).toEqual([3]);
  expect(watch.condition).toBe('fresh');
});

test('the poll finds a document whose hint was lost', async ({ redis, sharedServer }) => {
  await redis.set(keys.release, document(1));
  const { watch } = await watching(sharedServer);
  await watch.start();
  await redis.set(keys.release, document(2));
  await until(() => watch.current?.generation === 2, { what: 'the poll to find generation 2' });
});

test.for(['pause', 'kill'] as const)(
  'a Redis that fails (%s) does not change the document, and is used again when it is back',
  async (how, { server }) => {
    await storeWithoutHint(server, document(5));
    const { watch, documents } = await watching(server);
    await until(() => watch.start().then(() => watch.condition === 'fresh'));
    if (how === 'pause') server.pause();
    else await server.kill();
    await until(() => watch.condition === 'unreachable', { what: 'the loss to be detected' });
    expect(watch.current?.generation).toBe(5);
    if (how === 'pause') server.resume();
    else await server.start();
    await storeWithoutHint(server, document(6));
    await until(() => watch.current?.generation === 6, { what: 'generation 6' });
    expect(documents.map(({ generation }) => generation)).toEqual([5, 6]);
  },
);

test('a Redis that restarts empty does not change the document', async ({ server }) => {
  await storeWithoutHint(server, document(5));
  const { watch, documents } = await watching(server);
  await until(() => watch.start().then(() => watch.condition === 'fresh'));
  await server.restartEmpty();
  await until(() => watch.condition === 'absent', { what: 'the absence to be detected' });
  expect(watch.current?.members).toHaveLength(1);
  expect(documents).toHaveLength(1);
});

test('a stored document without members empties the reader', async ({ redis, sharedServer }) => {
  await redis.set(keys.release, document(5));
  const { watch } = await watching(sharedServer);
  await until(() => watch.start().then(() => watch.condition === 'fresh'));
  await redis.set(keys.release, JSON.stringify(releaseDocument({ generation: 6, members: [] })));
  await until(() => watch.current?.members.length === 0, { what: 'the watch to drop the members' });
});

test('a document of an older generation than the known one is refused', async ({
  redis,
  sharedServer,
}) => {
  await redis.set(keys.release, document(5));
  const { watch } = await watching(sharedServer);
  await until(() => watch.start().then(() => watch.condition === 'fresh'));
  await redis.set(keys.release, document(2));
  await until(() => watch.condition === 'regressed', { what: 'the regression to be detected' });
  expect(watch.current?.generation).toBe(5);
});

test.for<[string, string]>([
  ['no JSON', '{'],
  ['a weight of 101', JSON.stringify(releaseDocument({ generation: 9, weight: 101 }))],
  [
    'two members of one id',
    JSON.stringify(
      releaseDocument({ generation: 9, members: [member('s', 20_000), member('s', 20_001)] }),
    ),
  ],
  ['more than 1 MiB', ' '.repeat(maxDocumentBytes + 1)],
  [
    'more than 1,000 members',
    JSON.stringify(
      releaseDocument({
        generation: 9,
        members: Array.from({ length: 1_001 }, (_, index) => member(`s${index}`, 20_000 + index)),
      }),
    ),
  ],
])(
  'an invalid document (%s) is refused completely and the last good one stays',
  async ([_what, invalid], { redis, sharedServer }) => {
    await redis.set(keys.release, document(5));
    const { watch, documents } = await watching(sharedServer);
    await until(() => watch.start().then(() => watch.condition === 'fresh'));
    await redis.set(keys.release, invalid);
    await until(() => watch.condition === 'invalid', {
      what: 'the invalid document to be detected',
    });
    expect(watch.current?.generation).toBe(5);
    expect(documents).toHaveLength(1);
  },
);

test('the last good document is on disk, readable by its owner only, and starts a reader without Redis', async ({
  server,
}) => {
  const lastGoodFile = join(await mkdtemp(join(tmpdir(), 'perch-')), 'release.json');
  await storeWithoutHint(server, document(5));
  const first = await watching(server, { lastGoodFile });
  await until(() => first.watch.start().then(() => first.watch.condition === 'fresh'));
  await first.watch.stop();
  expect(JSON.parse(await readFile(lastGoodFile, 'utf8'))).toMatchObject({ generation: 5 });
  expect((await stat(lastGoodFile)).mode & 0o777).toBe(0o600);
  await server.kill();
  const { watch, documents } = await watching(server, { lastGoodFile });
  await watch.start();
  expect(watch.condition).toBe('unreachable');
  expect(watch.current?.generation).toBe(5);
  expect(documents).toHaveLength(1);
});

test.for<[string, string]>([
  ['broken', '{"generation": 5'],
  ['of another service', JSON.stringify(releaseDocument({ service: 'other', generation: 5 }))],
])('a last good file that is %s is ignored', async ([_what, text], { server }) => {
  const lastGoodFile = join(await mkdtemp(join(tmpdir(), 'perch-')), 'release.json');
  await writeFile(lastGoodFile, text);
  await server.kill();
  const { watch } = await watching(server, { lastGoodFile });
  await watch.start();
  expect(watch.current).toBeUndefined();
  expect(watch.condition).toBe('waiting');
});

test('a listener that throws does not affect the others', async ({ redis, sharedServer }) => {
  await redis.set(keys.release, document(5));
  const { watch } = await watching(sharedServer);
  const notified: number[] = [];
  watch.onChange(() => {
    throw new Error('broken listener');
  });
  watch.onChange(({ generation }) => notified.push(generation));
  await until(() => watch.start().then(() => watch.condition === 'fresh'));
  expect(notified).toEqual([5]);
});

test('another document of the known generation is refused, and the known one is offered', async ({
  redis,
  sharedServer,
}) => {
  const known = document(5);
  await redis.set(keys.release, known);
  const { watch, documents } = await watching(sharedServer, { offersLastGood: true });
  await until(() => watch.start().then(() => watch.condition === 'fresh'));
  expect(await new LastGoodStore(redis, 'shop').newest()).toBeUndefined();
  await redis.set(keys.release, JSON.stringify(releaseDocument({ generation: 5, members: [] })));
  await until(() => watch.condition === 'regressed', { what: 'the loss to be detected' });
  expect(documents).toHaveLength(1);
  const newest = () => new LastGoodStore(redis, 'shop').newest();
  expect(JSON.stringify(await until(newest, { what: 'the offer' }))).toBe(known);
});
