import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { reportsAgainSeconds } from '../../../runtime/core/release/after-restart.ts';
import { test } from '../../support/fixtures.ts';
import { until } from '../../support/until.ts';
import { Random } from '../kernel/random.ts';
import { directClient } from './direct-client.ts';
import { Keyspace } from './keyspace.ts';
import { nextOperation, type StoreOperation } from './store-operations.ts';

const seeds = Array.from({ length: 25 }, (_, index) => index + 1);
const operationsPerSeed = 120;

test.for(seeds)(
  'the model of Redis gives the answers of redis-server, seed %i',
  async (seed, { redis }) => {
    // The model is that of a Redis which started long ago; changes right after a start are refused.
    await until(async () => uptimeOf(await redis.info('server')) >= reportsAgainSeconds);
    const model = directClient(new Keyspace(() => Date.now()));
    const random = new Random(seed, 'operations');
    const answers = { model: new Answers(), server: new Answers() };
    for (let count = 0; count < operationsPerSeed; count += 1) {
      const operation = nextOperation(random);
      const expected = await answers.server.of(operation, redis);
      expect(await answers.model.of(operation, model)).toBe(expected);
    }
    expect(answers.model.kinds).toEqual(answers.server.kinds);
  },
);

function uptimeOf(info: string): number {
  return Number(/^uptime_in_seconds:(\d+)/m.exec(info)?.[1]);
}

test('a random sequence of operations meets refusals, conflicts and claims', async () => {
  const model = directClient(new Keyspace(() => Date.now()));
  const random = new Random(7, 'operations');
  const answers = new Answers();
  for (let count = 0; count < 2_000; count += 1) await answers.of(nextOperation(random), model);
  expect([...answers.kinds]).toEqual(expect.arrayContaining(['answer', 'fenced', 'ReplyError']));
});

/** Answers of one Redis, without what differs from run to run: times, and the ids made of them. */
class Answers {
  readonly kinds = new Set<string>();

  async of(operation: StoreOperation, redis: Redis): Promise<string> {
    try {
      const answer = await operation(redis);
      this.kinds.add('answer');
      return timeless(JSON.stringify(plain(answer)) ?? 'nothing');
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const code = 'code' in error ? String(error.code) : error.name;
      this.kinds.add(code);
      return `${code}: ${error.message.split(' ').slice(0, 3).join(' ')}`;
    }
  }
}

function timeless(json: string): string {
  return json
    .replaceAll(/1\d{12}-\d+/g, 'ID')
    .replaceAll(/1\d{12}/g, 'T')
    .replaceAll(/"idleMs":\d+/g, '"idleMs":0');
}

/** Maps as lists, and objects with sorted keys: Redis' hashes have no order. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return plain([...value].sort(([a], [b]) => (a < b ? -1 : 1)));
  if (Array.isArray(value)) {
    const list = value.map(plain);
    return isUnordered(list)
      ? list.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : list;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, plain(one)]));
}

/** Reports of proxies are listed in the order of SCAN. */
function isUnordered([first]: readonly unknown[]): boolean {
  return typeof first === 'object' && first !== null && 'memberHealth' in first;
}
