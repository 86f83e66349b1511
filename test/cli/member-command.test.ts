import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { ProxyReports, type ProxyReport } from '../../runtime/store/release/proxy-reports.ts';
import { perch } from '../support/perch.ts';
import { clientOf } from '../support/redis-client.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { releaseDocument } from '../support/release-document.ts';
import { until } from '../support/until.ts';

let server: TestRedis;
let redis: Awaited<ReturnType<typeof clientOf>>;
let reports: ProxyReports;

beforeAll(async () => {
  server = await startRedis({ password: 'rehearsed' });
  redis = await clientOf(server);
  reports = new ProxyReports(redis, 'shop');
});

beforeEach(() => redis.flushall());

afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});

function run(...args: string[]) {
  return perch(args, { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: server.url });
}

async function json(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd()).not.toContain('\n');
  return JSON.parse(stdout);
}

function reserve(id: string, track = 'stable'): string[] {
  const where = ['--host', 'web-1', '--address', '10.0.0.5'];
  return ['member', 'reserve', '--id', id, '--track', track, '--version', '1.4.2', ...where];
}

function report(overrides: Partial<ProxyReport>): ProxyReport {
  return {
    id: 'proxy-1',
    generation: 0,
    condition: 'fresh',
    inFlight: {},
    memberHealth: {},
    ...overrides,
  };
}

test('a member is reserved, activated, drained and deregistered, and each step may be repeated', async () => {
  const reserved = { id: 's1', url: 'http://10.0.0.5:20057', port: 20_057, state: 'reserved' };
  expect(await json(...reserve('s1'))).toMatchObject(reserved);
  expect(await json(...reserve('s1'))).toMatchObject(reserved);
  expect(await json('member', 'activate', '--id', 's1')).toEqual({ id: 's1', generation: 2 });
  expect(await json('member', 'activate', '--id', 's1')).toEqual({ id: 's1', generation: 2 });
  expect(await json('member', 'drain', '--id', 's1')).toEqual({ id: 's1', generation: 3 });
  expect(await json('member', 'drain', '--id', 's1')).toEqual({ id: 's1', generation: 3 });
  expect(await json('member', 'deregister', '--id', 's1')).toEqual({ id: 's1', generation: 4 });
  expect(await json('member', 'deregister', '--id', 's1')).toEqual({ id: 's1', generation: 4 });
});

test('member release, the name of member deregister in release 0.1, works and is hidden', async () => {
  await run(...reserve('s1'));
  expect(await run('member', 'release', '--id', 's1')).toMatchObject({
    code: 0,
    stdout: 'member s1 is deregistered, generation 2\n',
  });
  expect((await run('member', '--help')).stdout).toMatch(/deregister(?!\|release)/);
  expect((await run('member', '--help')).stdout).not.toMatch(/^ +release/m);
});

test('activate waits until every live proxy applies the generation', async () => {
  await run(...reserve('s1'));
  await reports.write(report({ generation: 1 }));
  const activated = run('member', 'activate', '--id', 's1');
  await until(() => redis.xlen(redisKeys('shop').events).then((events) => events === 2));
  await reports.write(report({ generation: 2 }));
  expect(await activated).toMatchObject({ code: 0, stdout: 'member s1 is active, generation 2\n' });
});

test('activate that is not applied in time fails and names the proxy', async () => {
  await run(...reserve('s1'));
  await reports.write(report({ generation: 1 }));
  expect(await run('member', 'activate', '--id', 's1', '--timeout', '0')).toMatchObject({
    code: 1,
    stderr: 'perch: generation 2 is not applied yet by proxy-1 (generation 1)\n',
  });
});

test('drain waits for the requests in flight, and fails clearly when they do not end in time', async () => {
  await run(...reserve('s1'));
  await run('member', 'activate', '--id', 's1');
  await reports.write(report({ generation: 3, inFlight: { s1: 2 } }));
  expect(await run('member', 'drain', '--id', 's1', '--timeout', '0')).toMatchObject({
    code: 1,
    stderr: 'perch: member s1 still has 2 requests in flight after the timeout\n',
  });
  await reports.write(report({ generation: 3, inFlight: { s1: 0 } }));
  expect(await run('member', 'drain', '--id', 's1')).toMatchObject({ code: 0 });
});

test('weight shows and sets the share, with affinity and rollout in one change', async () => {
  await run(...reserve('c1', 'canary'));
  await run('member', 'activate', '--id', 'c1');
  expect(await json('weight', '33.33', '--affinity', 'cookie', '--rollout', 'r2')).toEqual({
    weight: 33.33,
    affinity: 'cookie',
    rolloutId: 'r2',
    generation: 3,
  });
  expect(await json('weight')).toMatchObject({ weight: 33.33, generation: 3 });
  expect(await json('weight', '33.33', '--rollout', 'r2')).toMatchObject({ generation: 3 });
});

test.each([
  ['101', 'perch: weight must be from 0 to 100, got 101\n'],
  ['25.123', 'perch: weight must have two decimals at most, got 25.123\n'],
  ['many', 'perch: weight must be from 0 to 100, got many\n'],
])(
  'a weight of %s is refused with field, rule and value, and nothing is stored',
  async (weight, stderr) => {
    expect(await run('weight', weight)).toEqual({ code: 2, stdout: '', stderr });
    expect(await redis.keys('*')).toEqual([]);
  },
);

test('a share for a canary that is not there is refused', async () => {
  expect(await run('weight', '20')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'perch: weight must be 0 without an active canary member, got 20\n',
  });
});

test('a deployment goes on when Redis is away for a moment', async () => {
  await using replaced = await startRedis();
  await replaced.stop();
  let tries = 0;
  const nobody = createServer((socket) => {
    tries += 1;
    socket.destroy();
  }).listen(replaced.port, '127.0.0.1');
  await once(nobody, 'listening');
  const environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: replaced.url };
  const reserving = perch([...reserve('s1'), '--json'], environment);
  await until(() => tries > 0, { what: 'the command to find no Redis' });
  nobody.close();
  await once(nobody, 'close');
  await replaced.start();

  const { code, stdout } = await reserving;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ id: 's1', state: 'reserved' });
});

test('all problems of a reservation are told at once', async () => {
  const { code, stderr } = await run('member', 'reserve', '--id', 'S 1', '--track', 'beta');
  expect(code).toBe(2);
  for (const field of ['id must', 'track must', 'version must', 'host must', 'address must']) {
    expect(stderr).toContain(field);
  }
  expect(stderr.trimEnd()).not.toContain('\n');
});

test('flags are set, listed, toggled and disabled', async () => {
  const flag = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off' };
  expect(await json('flags', 'set', 'beta', JSON.stringify(flag))).toEqual(flag);
  expect(await json('flags', 'toggle', 'beta')).toMatchObject({ defaultVariant: 'on' });
  expect(await json('flags', 'disable', 'beta', '--reason', 'errors')).toMatchObject({
    state: 'DISABLED',
  });
  expect(await json('flags', 'get', 'beta')).toMatchObject({ state: 'DISABLED' });
  expect(Object.keys((await json('flags', 'list')) as object)).toEqual(['beta']);
});

test.each([
  [
    'of the wrong type',
    '{"state":"ENABLED","variants":{"on":true,"off":"no"},"defaultVariant":"on"}',
    'variants.off must be boolean',
  ],
  ['that is no JSON', '{state}', 'flag beta must be JSON, got {state}'],
])('a flag %s is refused with the reason', async (_what, definition, reason) => {
  const { code, stderr } = await run('flags', 'set', 'beta', definition);
  expect(code).toBe(2);
  expect(stderr).toContain(reason);
  expect(await redis.keys('*')).toEqual([]);
});

test('status shows members, their health and requests in flight, and the proxies', async () => {
  await run(...reserve('s1'));
  await run('member', 'activate', '--id', 's1');
  await reports.write(
    report({ generation: 2, inFlight: { s1: 7 }, memberHealth: { s1: 'healthy' } }),
  );
  const { stdout } = await run('status');
  expect(stdout).toMatch(/service shop: rollout initial idle, canary weight 0/);
  expect(stdout).toMatch(
    /s1 +stable +1\.4\.2 +active +healthy +7 +http:\/\/10\.0\.0\.5:20057 +web-1/,
  );
  expect(stdout).toMatch(/proxy-1 +2 +fresh/);
});

test('events come oldest first, one line of JSON each', async () => {
  await run(...reserve('s1'));
  await run('member', 'activate', '--id', 's1');
  const { stdout } = await run('events', '--json');
  const types = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types).toEqual(['member-reserved', 'member-activated']);
});

test('a document that Redis lost is not replaced by an empty one, and restore gives it back', async () => {
  await reports.write(report({ generation: 41, condition: 'absent' }));
  expect(await run(...reserve('s1'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('live proxies apply generation 41'),
  });
  const file = join(await mkdtemp(join(tmpdir(), 'perch-')), 'release.json');
  await writeFile(file, JSON.stringify(releaseDocument({ generation: 41 })));
  expect(await json('restore', '--document', file)).toEqual({ generation: 42, members: 0 });
});

test.each([
  [['frobnicate'], "perch: unknown command 'frobnicate'\n"],
  [['weight', '--wieght'], "perch: unknown option '--wieght'\n(Did you mean --weight?)\n"],
  [
    ['events', '--last', '0'],
    /^perch: option '--last <count>' argument '0' is invalid\. must be a whole number/,
  ],
])('%j is bad input: one clear line and exit code 2', async (args, stderr) => {
  const ended = await run(...args);
  expect(ended.code).toBe(2);
  expect(ended.stderr.split('\n')[0]).toMatch(
    typeof stderr === 'string' ? (stderr.split('\n')[0] ?? '') : stderr,
  );
});

test('a wrong password and a missing environment are one clear line, without the secret', async () => {
  const url = `redis://:hunter2@127.0.0.1:${server.port}`;
  const wrong = await perch(['weight'], { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: url });
  expect(wrong).toEqual({
    code: 1,
    stdout: '',
    stderr: 'perch: connect: Redis refused the user or password of PERCH_REDIS_URL\n',
  });
  const missing = await perch(['weight']);
  expect(missing).toEqual({
    code: 2,
    stdout: '',
    stderr: 'perch: PERCH_SERVICE must be set; PERCH_REDIS_URL must be set\n',
  });
});

test('every command has help with an example', async () => {
  const commands = [
    ['member', 'reserve'],
    ['member', 'activate'],
    ['member', 'drain'],
    ['member', 'deregister'],
    ['weight'],
    ['flags', 'list'],
    ['flags', 'get'],
    ['flags', 'set'],
    ['flags', 'toggle'],
    ['flags', 'disable'],
    ['status'],
    ['incidents'],
    ['eject'],
    ['reinstate'],
    ['monitor'],
    ['notify'],
    ['test-alert'],
    ['events'],
    ['restore'],
  ];
  const helps = await Promise.all(commands.map((command) => run(...command, '--help')));
  for (const { code, stdout } of helps) {
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples?:\n {2}\$ perch /);
  }
});

test.runIf(process.getuid?.() === 0)(
  'a user id without a name writes under its number',
  async () => {
    const environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: server.url };
    const { code, stderr } = await perch(reserve('s1'), environment, { uid: 54_321 });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await json('status')).toMatchObject({
      release: { updatedBy: expect.stringMatching(/^uid-54321@/) },
    });
  },
);

test.each(['0x19', '1e1', 'Infinity', '25%'])('%s is no weight', async (weight) => {
  const { code, stderr } = await run('weight', weight);
  expect(code).toBe(2);
  expect(stderr).toBe(`perch: weight must be from 0 to 100, got ${weight}\n`);
});
