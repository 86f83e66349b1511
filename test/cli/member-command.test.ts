import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { expect } from 'vitest';
import { memberAddress } from '../../rehearsal/loopback.ts';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { ReleaseStore } from '../../runtime/store/release/release-store.ts';
import { until } from '../support/until.ts';
import { reserve, test } from './fixtures.ts';

test('a member is reserved, activated, drained and deregistered, and each step may be repeated', async ({
  json,
}) => {
  const reserved = { id: 's1', url: 'http://10.0.0.5:20057', port: 20_057, state: 'reserved' };
  expect(await json(...reserve('s1'))).toMatchObject(reserved);
  expect(await json(...reserve('s1'))).toMatchObject(reserved);
  expect(await json('member', 'activate', '--id', 's1')).toEqual({ id: 's1', generation: 2 });
  expect(await json('member', 'activate', '--id', 's1')).toEqual({ id: 's1', generation: 2 });
  const drained = { id: 's1', generation: 3, registered: true };
  expect(await json('member', 'drain', '--id', 's1')).toEqual(drained);
  expect(await json('member', 'drain', '--id', 's1')).toEqual(drained);
  const gone = { id: 's1', generation: 4, removed: true };
  expect(await json('member', 'deregister', '--id', 's1')).toEqual(gone);
});

test('a deployment gets no port on which another program of the host listens, and says which one that is', async ({
  runDeployed,
}) => {
  const address = await memberAddress();
  await using _program = await listenOn(20_057, address);
  const args = [...reserve('s1').slice(0, -1), address];
  const stdout = `reserved http://${address}:20058 for member s1\n`;
  const hint = `perch: port 20057 of host web-1 is held by a program that is not Perch's; member s1 gets another one\n`;
  expect(await runDeployed(...args)).toEqual({ code: 0, stdout, stderr: hint });
  // The member's own container may listen when the command is repeated.
  await using _container = await listenOn(20_058, address);
  expect(await runDeployed(...args)).toEqual({ code: 0, stdout, stderr: '' });
});

async function listenOn(port: number, host: string): Promise<Server> {
  const server = createServer();
  server.listen({ host, port });
  await once(server, 'listening');
  return server;
}

test.for(['deregister', 'drain'])(
  'a deployment may repeat member %s after the member is gone, and reads that nothing changed',
  async (verb, { run, runDeployed }) => {
    await run(...reserve('s1'));
    await run('member', 'deregister', '--id', 's1');
    const args = ['member', verb, '--id', 's1'];
    expect(await runDeployed(...args)).toEqual({
      code: 0,
      stdout: 'nothing changed: member s1 is not registered, generation 2\n',
      stderr: '',
    });
    expect(await run(...args)).toMatchObject({ code: 1, stdout: '' });
  },
);

test('drain says that a reserved member has nothing to drain', async ({ run }) => {
  await run(...reserve('s1'));
  expect(await run('member', 'drain', '--id', 's1')).toMatchObject({
    code: 0,
    stdout: 'nothing changed: member s1 is only reserved and gets no requests, generation 1\n',
  });
});

test('member release is a hidden alias of member deregister', async ({ run, json }) => {
  await run(...reserve('s1'));
  expect(await run('member', 'release', '--id=s1')).toMatchObject({
    code: 0,
    stdout: 'member s1 is deregistered, generation 2\n',
  });
  expect(await json('status')).toMatchObject({ release: { members: [] } });
  const { stdout } = await run('member', '--help');
  expect(stdout).toContain('  deregister [options]');
  expect(stdout).not.toMatch(/^ +release/m);
});

test('activate waits until every live proxy applies the generation', async ({
  redis,
  reportForLong,
  run,
}) => {
  await run(...reserve('s1'));
  await reportForLong({ generation: 1 });
  const activated = run('member', 'activate', '--id', 's1');
  await until(() => redis.xlen(redisKeys('shop').events).then((events) => events === 2));
  await reportForLong({ generation: 2 });
  expect(await activated).toMatchObject({ code: 0, stdout: 'member s1 is active, generation 2\n' });
});

test('activate fails and names each proxy that does not apply the generation in time', async ({
  reportForLong,
  run,
}) => {
  await run(...reserve('s1'));
  await reportForLong({ generation: 1 });
  expect(await run('member', 'activate', '--id', 's1', '--timeout', '0')).toMatchObject({
    code: 1,
    stderr: 'perch: generation 2 is not applied yet by proxy-1 (generation 1)\n',
  });
});

test('drain waits for the requests in flight and fails if they do not end in time', async ({
  redis,
  reportForLong,
  run,
}) => {
  await run(...reserve('s1'));
  await run('member', 'activate', '--id', 's1');
  await run('member', 'drain', '--id', 's1');
  // A proxy that Redis has known for long.
  await redis.hset(redisKeys('shop').proxies, 'proxy-1', '1 1');
  await reportForLong({ generation: 3, inFlight: { s1: 2 } });
  expect(await run('member', 'drain', '--id', 's1', '--timeout', '0')).toMatchObject({
    code: 1,
    stderr: 'perch: member s1 still has 2 requests in flight after the timeout\n',
  });
  await reportForLong({ generation: 3, inFlight: { s1: 0 } });
  expect(await run('member', 'drain', '--id', 's1')).toMatchObject({ code: 0 });
});

test('drain gives proxies time to report if Redis has known the first one for a short time only', async ({
  reports,
  reportForLong,
  run,
}) => {
  await run(...reserve('s1'));
  await reportForLong({ generation: 1 });
  expect(await run('member', 'drain', '--id', 's1')).toMatchObject({ code: 0 });
  expect(await reports.knownForMs()).toBeGreaterThan(4_000);
});

test('drain drains a member again that a restore made active while the drain waited', async ({
  redis,
  reportForLong,
  run,
}) => {
  const { proxies, events } = redisKeys('shop');
  const write = (generation: number, requests: number) =>
    reportForLong({ generation, inFlight: { s1: requests } });
  const untilEvents = (count: number) => until(async () => (await redis.xlen(events)) === count);
  await run(...reserve('s1'));
  await run('member', 'activate', '--id', 's1');
  const releases = new ReleaseStore(redis, 'shop', { by: 'a person' });
  const read = await releases.read();
  if (read.kind !== 'found') throw new Error('Redis holds a document');
  await redis.hset(proxies, 'proxy-1', '1 1');
  await write(2, 1);
  const drained = run('member', 'drain', '--id', 's1');
  await untilEvents(3);
  expect(await releases.restore(read.document)).toMatchObject({ generation: 4 });
  await write(4, 0);
  await untilEvents(5);
  await write(5, 0);
  expect(await drained).toMatchObject({ stdout: 'member s1 is drained, generation 5\n' });
});

test('reserve reports all wrong options at once', async ({ run }) => {
  const { code, stderr } = await run('member', 'reserve', '--id', 'S 1', '--track', 'beta');
  expect(code).toBe(2);
  for (const field of ['id must', 'track must', 'version must', 'host must', 'address must']) {
    expect(stderr).toContain(field);
  }
  expect(stderr.trimEnd()).not.toContain('\n');
});
