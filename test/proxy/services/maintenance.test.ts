import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { longestPageBytes } from '../../../runtime/core/release/maintenance.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { TrafficStore } from '../../../runtime/store/judge/traffic-store.ts';
import { get } from '../../support/http/load.ts';
import { perch } from '../../support/processes/perch.ts';
import type { ProxyProcess } from '../../support/processes/proxy-process.ts';
import { until } from '../../support/until.ts';
import { H2Client } from '../http/h2/support/h2-client.ts';
import { overrideToken, test as base } from './fixtures.ts';

/** - `maintenance`: runs `perch maintenance` for shop, with a page on stdin if one is given. */
const test = base.extend('maintenance', ({ server }) => {
  const environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: server.url };
  return async (args: readonly string[], stdin?: string, more: Record<string, string> = {}) =>
    await perch(
      ['maintenance', ...args],
      { ...environment, ...more },
      stdin === undefined ? {} : { stdin },
    );
});

const browser = { accept: 'text/html,application/xhtml+xml' };
const tester = { 'x-perch-track': 'stable', 'x-perch-token': overrideToken };
const page =
  '<!doctype html><meta charset="utf-8"><title>Später</title><p>Wir sind um 14 Uhr zurück ☕</p>';

async function askFor(proxy: ProxyProcess, path = '/', headers: Record<string, string> = {}) {
  const { status, body, headers: fields } = await get(`${proxy.origin}${path}`, undefined, headers);
  return { status, body, type: fields['content-type'], retryAfter: fields['retry-after'] };
}

test('a service in maintenance answers 503 with its message and its page, and is served again after it', async ({
  maintenance,
  proxy,
  redis,
}) => {
  const message = 'We are back at 14:00 UTC.';
  expect(await maintenance(['on', '--message', message, '--page', '-'], page)).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^service shop is in maintenance, applied by test-0-\w+\n$/),
    stderr: '',
  });
  const retryAfter = '60';
  const text = { status: 503, body: `${message}\n`, type: 'text/plain; charset=utf-8', retryAfter };
  expect(await askFor(proxy)).toEqual(text);
  expect(await askFor(proxy, '/api', { accept: 'application/json' })).toEqual(text);
  const html = { status: 503, body: page, type: 'text/html; charset=utf-8', retryAfter };
  expect(await askFor(proxy, '/', browser)).toEqual(html);
  // Load balancers keep the proxies, and testers see the service.
  expect(await askFor(proxy, '/healthz')).toMatchObject({ status: 200 });
  expect(await askFor(proxy, '/', tester)).toMatchObject({ status: 200, body: 'shop-1' });
  expect(await askFor(proxy, '/', { ...tester, 'x-perch-token': 'guess' })).toEqual(text);

  expect(await maintenance(['off'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^service shop is served again, applied by test-0-\w+\n$/),
  });
  expect(await askFor(proxy)).toMatchObject({ status: 200, body: 'shop-1' });
  expect(await maintenance(['off', '--json'])).toMatchObject({
    code: 0,
    stdout: '{"service":"shop","on":false,"changed":false,"proxies":[]}\n',
  });
  expect(await new EventLog(redis, 'shop').last(3)).toMatchObject([
    { type: 'maintenance-on', text: `maintenance on: ${message}` },
    { type: 'maintenance-off', text: 'maintenance off' },
  ]);
});

test('no count of the judge has the requests that a maintenance answers', async ({
  maintenance,
  proxy,
  redis,
}) => {
  await maintenance(['on']);
  for (let asked = 0; asked < 20; asked += 1) {
    expect(await askFor(proxy)).toMatchObject({ status: 503 });
  }
  await maintenance(['off']);
  await askFor(proxy);
  const sum = async () => {
    const buckets = await new TrafficStore(redis, 'shop').read(Date.now() - 60_000, Date.now() + 1);
    return JSON.stringify(buckets);
  };
  await until(async () => (await sum()).includes('"requests":1'), { what: 'the one request' });
  expect(await sum()).not.toMatch(/"failures":[1-9]/);
  expect((await proxy.metrics('perch_proxy_requests_total')).join('\n')).not.toMatch(/ 2\d$/m);
});

test('a maintenance lasts while Redis is away, lost it, or a proxy starts without Redis', async ({
  maintenance,
  member,
  proxy,
  redis,
  release,
  server,
  startAgain,
}) => {
  await maintenance(['on']);
  await redis.del(redisKeys('shop').maintenance);
  const read = await perch(['status'], { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: server.url });
  expect(read.stdout).toMatch(
    /^Redis lost the maintenance, which live proxies still apply \(test-0-\w+\): end it with "perch maintenance off"\n/,
  );
  await server.stop();
  expect(await askFor(proxy)).toMatchObject({ status: 503 });
  await proxy[Symbol.asyncDispose]();
  const second = await startAgain();
  expect(await askFor(second)).toMatchObject({ status: 503 });
  await server.start();
  await until(() => redis.status === 'ready', { what: 'the client of Redis' });
  await release('shop', [await member('shop-2')]);
  await release('shop', [await member('shop-3')]);
  await second.untilGeneration(3);
  expect(await maintenance(['off'])).toMatchObject({ code: 0 });
  expect(await askFor(second)).toMatchObject({ status: 200, body: 'shop-3' });
});

test('a maintenance answers clients of https and HTTP/2, and only those of its service', async ({
  certify,
  httpsProxy: proxy,
  maintenance,
  member,
  release,
  routes,
}) => {
  for (const service of ['shop', 'blog']) await certify(service, [`${service}.example`]);
  await release('blog', [await member('blog-1')]);
  for (const service of ['shop', 'blog']) {
    await routes.set({ service, hosts: [`${service}.example`], tls: 'certificate' });
  }
  const ask = async (service: string, fields: Record<string, string> = {}) => {
    using client = await H2Client.connectSecurely(proxy.tlsPort, `${service}.example`);
    return await client.ask({ ':authority': `${service}.example`, ...fields });
  };
  await until(async () => (await ask('blog').catch(() => undefined))?.body === 'blog-1');
  expect(await maintenance(['on', '--page', '-'], page)).toMatchObject({ code: 0 });
  const answer = await ask('shop', browser);
  expect({ status: answer.status, retryAfter: answer.headers['retry-after'] }).toEqual({
    status: 503,
    retryAfter: '60',
  });
  expect(Buffer.from(answer.body, 'latin1').toString()).toBe(page);
  expect(await ask('shop', { ...browser, ':method': 'HEAD' })).toMatchObject({
    status: 503,
    body: '',
  });
  expect(await ask('shop', tester)).toMatchObject({ status: 200, body: 'shop-1' });
  expect(await ask('blog')).toMatchObject({ status: 200, body: 'blog-1' });
});

test('perch status shows the maintenance, without its page', async ({
  maintenance,
  proxy,
  server,
}) => {
  const environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: server.url, PERCH_OPERATOR: 'eve' };
  await maintenance(['on', '--page', '-'], page, environment);
  const { stdout } = await perch(['status'], environment);
  expect(stdout).toMatch(
    /^in maintenance since \d{4}-.*Z \(eve\): requests get 503, "The service is down/,
  );
  const json = await perch(['status', '--json'], environment);
  expect(JSON.parse(json.stdout).maintenance).toMatchObject({ by: 'eve', hasPage: true });
  expect(json.stdout).not.toContain('doctype');
  expect(await askFor(proxy)).toMatchObject({ status: 503 });
});

test.for([
  [
    'a page that is too long',
    ['--page', '-'],
    'x'.repeat(longestPageBytes + 1),
    /--page must have at most 65536 bytes, got 65537 in -/,
  ],
  ['an empty page', ['--page', '-'], '', /--page must not be empty, got -/],
  [
    'a page that is no file',
    ['--page', '/no/such.html'],
    '',
    /--page must be a readable file, got \/no\/such.html/,
  ],
  ['a message of two lines', ['--message', 'one\ntwo'], '', /message must be one line/],
] as const)(
  'maintenance refuses %s, and stores nothing',
  async ([_what, args, stdin, problem], { maintenance, redis, release }) => {
    await release('shop', []);
    expect(await maintenance(['on', ...args], stdin)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(problem),
    });
    expect(await redis.exists(redisKeys('shop').maintenance)).toBe(0);
  },
);

test('a maintenance of a service that is not there is an error', async ({
  maintenance,
  release,
}) => {
  await release('shop', []);
  const misspelt = { PERCH_SERVICE: 'shpo' };
  expect(await maintenance(['on'], undefined, misspelt)).toMatchObject({
    code: 1,
    stderr: 'perch: service shpo has no release yet; did you mean shop?\n',
  });
});
