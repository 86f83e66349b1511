import { expect } from 'vitest';
import { EventLog } from '../../runtime/store/incidents/event-log.ts';
import { PerchProcess } from '../support/processes/perch-process.ts';
import { clientOf } from '../support/redis/redis-client.ts';
import { startRedis } from '../support/redis/redis-server.ts';
import { until } from '../support/until.ts';
import { reserve, test } from './fixtures.ts';

test('events prints one line of JSON for each event, oldest first', async ({ run }) => {
  await run(...reserve('s1'));
  await run('member', 'activate', '--id', 's1');
  const { stdout } = await run('events', '--json');
  const types = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types).toEqual(['member-reserved', 'member-activated']);
});

test('events --follow reconnects to Redis, says so, and shows each event once', async () => {
  await using server = await startRedis({ config: { appendonly: 'yes', appendfsync: 'always' } });
  const append = async (text: string) => {
    const redis = await clientOf(server);
    await new EventLog(redis, 'shop').append({ type: 'note', text, by: 'test' });
    redis.disconnect();
  };
  await append('first event');
  const environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: server.url };
  await using following = new PerchProcess(['events', '--follow'], environment);
  const shows = (text: string) =>
    until(() => following.output.includes(text), { what: `the output to have ${text}` });
  await shows('first event');

  await server.stop();
  await shows('; reconnecting until Redis answers\n');
  await server.start();
  await append('second event');
  await shows('second event');
  expect(following.output).toContain(
    'perch: Redis answers again; events of the time between follow\n',
  );
  expect(following.output).not.toContain('no longer holds');

  await server.stop();
  await until(() => following.output.match(/reconnecting/g)?.length === 2);
  await server.start();
  await append('third event');
  await shows('third event');
  following.signal('SIGTERM');
  expect(await following.ended()).toBe(0);
  const shown = following.output.match(/(first|second|third) event/g);
  expect(shown).toEqual(['first event', 'second event', 'third event']);
});

test('events --follow says if Redis lost the events', async ({ server }) => {
  const append = async (text: string) => {
    const redis = await clientOf(server);
    await new EventLog(redis, 'shop').append({ type: 'note', text, by: 'test' });
    redis.disconnect();
  };
  await append('first event');
  const environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: server.url };
  await using following = new PerchProcess(['events', '--follow', '--json'], environment);
  await until(() => following.output.includes('first event'));
  await server.restartEmpty();
  await append('second event');
  await until(() => following.output.includes('second event'));
  expect(following.output).toMatch(/"hint":"Redis no longer holds the event \d+-0: later/);
});
