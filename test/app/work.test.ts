import { expect } from 'vitest';
import { test, untilStatus } from './fixtures.ts';

test('/siege exists only while siege_feature is on and runs for at most 5,000 ms', async ({
  demo,
  stable,
}) => {
  expect((await fetch(`${stable}/siege?ms=1`)).status).toBe(404);
  await demo.flags.toggle('siege_feature');
  const response = await untilStatus(`${stable}/siege?ms=1`, 200);
  expect(await response.json()).toEqual({ ms: 1 });

  const tooLong = await fetch(`${stable}/siege?ms=5001`);
  expect(tooLong.status).toBe(400);
  expect(await tooLong.json()).toMatchObject({
    detail: 'ms must be a whole number from 0 to 5000, got 5001',
    problems: [{ field: 'ms', rule: 'must be a whole number from 0 to 5000', value: '5001' }],
  });
  await demo.flags.toggle('siege_feature');
  await untilStatus(`${stable}/siege?ms=1`, 404);
});

test('/siege serves at most four requests at once while other requests are answered', async ({
  demo,
  stable,
}) => {
  await demo.flags.toggle('siege_feature');
  await untilStatus(`${stable}/siege?ms=1`, 200);
  const sieges = Array.from({ length: 6 }, () => fetch(`${stable}/siege?ms=2000`));
  expect((await fetch(`${stable}/healthz`)).status).toBe(200);
  const responses = await Promise.all(sieges);
  const refused = responses.filter(({ status }) => status !== 200);
  expect(refused.map(({ status }) => status)).toEqual([429, 429]);
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
});

test('/slow exists only on the canary', async ({ canary, stable }) => {
  expect((await fetch(`${stable}/slow?ms=1`)).status).toBe(404);
  expect(await (await fetch(`${canary}/slow?ms=1`)).json()).toEqual({ ms: 1 });
  expect((await fetch(`${canary}/slow?ms=60000`)).status).toBe(400);
});
