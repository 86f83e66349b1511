import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, vi } from 'vitest';
import { connectRedis } from '../../../runtime/store/redis/connection.ts';
import { HintedPoll } from '../../../runtime/store/redis/hinted-poll.ts';
import { test } from '../../support/fixtures.ts';
import type { TestRedis } from '../../support/redis/redis-server.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

test('a poll that is stopped before its first answer does not start after it', async ({
  redis,
}) => {
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

test('a connection that breaks during a new subscription is only retried', async ({
  redis,
  sharedServer,
}) => {
  let subscriptions = 0;
  const relayed = await relay(sharedServer, (command) => {
    if (!command.includes('subscribe')) return 'pass';
    subscriptions += 1;
    return subscriptions === 2 ? 'cut' : 'pass';
  });
  const client = connectRedis({ url: relayed, name: 'perch-test', logger: silentLogger });
  onTestFinished(() => client.disconnect());
  const job = vi.fn<() => Promise<void>>(() => Promise.resolve());
  const poll = new HintedPoll({
    redis: client,
    channel: 'changed',
    intervalMs: 3_600_000,
    job,
  });
  onTestFinished(() => poll.stop());
  const isSubscribed = async () => (await redis.publish('changed', '')) > 0;

  await poll.start();
  await until(isSubscribed, { what: 'the first subscription' });
  await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await until(() => subscriptions > 2, { what: 'a third subscription' });
  const asked = job.mock.calls.length;
  await until(isSubscribed, { what: 'the subscription to last' });
  await until(() => job.mock.calls.length > asked, { what: 'a poll at the hint' });
});

/** Starts a relay to `server`, where `judge` sees each chunk of a client; returns its URL. */
async function relay(server: TestRedis, judge: (chunk: Buffer) => 'pass' | 'cut'): Promise<string> {
  const listener = createServer((client) => {
    const upstream = connect(server.port, '127.0.0.1');
    client.on('data', (chunk) => {
      if (judge(chunk) === 'cut') client.destroy();
      else upstream.write(chunk);
    });
    // A close follows every error, here and when the server ends before its clients.
    client.on('error', () => {}).on('close', () => upstream.destroy());
    upstream.on('error', () => {}).on('close', () => client.destroy());
    upstream.pipe(client);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => void listener.close());
  const url = new URL(server.url);
  url.port = String((listener.address() as AddressInfo).port);
  return url.href;
}
