import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { limitedWrites } from '../../runtime/console/write-limit.ts';

test('writes of a client beyond a burst of 60 and two a second are rejected, and reads are not', async () => {
  let nowMs = 0;
  const limit = limitedWrites(
    (c) => c.req.header('client') ?? 'ada',
    () => nowMs,
  );
  const app = new Hono().use(limit).all('/', (c) => c.text('done'));
  const statuses = async (count: number, method: string) => {
    const seen: number[] = [];
    for (let asked = 0; asked < count; asked += 1) {
      seen.push((await app.request('/', { method })).status);
    }
    return seen;
  };
  expect(new Set(await statuses(60, 'POST'))).toEqual(new Set([200]));
  const refused = await app.request('/', { method: 'POST' });
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await refused.text()).toContain('at most 2 changes a second, and 60 at once');
  expect(new Set(await statuses(100, 'GET'))).toEqual(new Set([200]));
  const other = await app.request('/', { method: 'POST', headers: { client: 'grace' } });
  expect(other.status).toBe(200);
  nowMs += 1_000;
  expect(await statuses(3, 'POST')).toEqual([200, 200, 429]);
  nowMs += 3_600_000;
  expect((await statuses(61, 'POST')).filter((status) => status === 429)).toHaveLength(1);
});
