import { expect, onTestFinished, test, vi } from 'vitest';
import { HintedPoll } from '../../runtime/state/hinted-poll.ts';
import { clientOf } from '../support/redis-client.ts';
import { startRedis } from '../support/redis.ts';

test('a poll that is stopped before its first answer does not begin when that comes', async () => {
  await using server = await startRedis();
  using redis = await clientOf(server);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const answer = Promise.withResolvers<void>();
  const job = () => answer.promise;
  const poll = new HintedPoll({ redis, channel: 'changed', intervalMs: 60_000, job });
  const started = poll.start();
  const stopped = poll.stop();
  answer.resolve();
  await Promise.all([started, stopped]);
  expect(vi.getTimerCount()).toBe(0);
});
