import { once } from 'node:events';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ReleaseDocument } from '../../runtime/core/release/release-document.ts';
import { DocumentFile } from '../support/document-file.ts';
import { get } from '../support/http/load.ts';
import { MemberServer } from '../support/processes/member-server.ts';
import { startProxy, type ProxyProcess } from '../support/processes/proxy-process.ts';
import { roundTrip } from '../support/http/raw-client.ts';
import { releaseDocument } from '../support/release-document.ts';
import { until } from '../support/until.ts';

const token = 'correct-horse-battery';
let members: MemberServer[];
let file: DocumentFile;
let proxy: ProxyProcess;
let generation = 1;

beforeAll(async () => {
  members = await Promise.all(
    ['stable-1', 'stable-2', 'stable-3', 'canary-1'].map((id) => MemberServer.start(id)),
  );
  file = await DocumentFile.create(release());
  proxy = await startProxy({
    args: ['--document', file.path, '--workers', '1', '--trust-proxy', '127.0.0.1'],
    env: { PERCH_OVERRIDE_TOKEN: token },
  });
});
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await file?.[Symbol.asyncDispose]();
  for (const member of members ?? []) await member[Symbol.asyncDispose]();
});

afterEach(() => {
  for (const member of members) {
    member.requests.length = 0;
    member.healthy = true;
    member.respond = (_, response) => void response.end(member.id);
  }
});

test('a worker sends the canary its exact share', async () => {
  await apply(release({ weight: 33 }));
  const answers = await ask(1_000);
  expect(answers.filter((id) => id.startsWith('canary'))).toHaveLength(330);
  expect(new Set(answers).size).toBe(4);
});

test('a worker follows the document file when it changes', async () => {
  await apply(release({ weight: 100 }));
  expect(new Set(await ask(10))).toEqual(new Set(['canary-1']));
  await apply(release({ weight: 0 }));
  expect(await ask(10)).not.toContain('canary-1');
});

test('a worker retains the last good document when the file becomes invalid', async () => {
  await apply(release());
  await file.write({ ...release({ weight: 100 }), weight: 101 });
  await until(async () => (await proxy.ready()).condition === 'invalid');
  expect((await proxy.ready()).ready).toBe(true);
  expect(await ask(40)).toContain('stable-1');
});

test('a worker gives a client a cookie and keeps it on its track', async () => {
  await apply(release({ weight: 50, affinity: 'cookie' }));
  for (let client = 0; client < 20; client += 1) {
    const first = await get(proxy.origin);
    const [cookie = ''] = first.headers['set-cookie'] ?? [];
    expect(cookie).toContain('HttpOnly');
    expect(cookie).not.toContain('Secure');
    expect(first.headers['cache-control']).toBe('private');
    const again = await get(proxy.origin, undefined, { cookie: cookie.split(';', 1)[0] ?? '' });
    expect(trackOf(again.body)).toBe(trackOf(first.body));
    expect(again.headers).not.toHaveProperty('set-cookie');
    expect(again.headers).not.toHaveProperty('cache-control');
  }
});

test('the cookie is Secure for a client that uses https', async () => {
  await apply(release({ affinity: 'cookie' }));
  const { headers } = await get(proxy.origin, undefined, { 'x-forwarded-proto': 'https' });
  expect(headers['set-cookie']?.[0]).toContain('; Secure');
});

test('a client with the token chooses the track, and the app sees neither field', async () => {
  await apply(release({ weight: 0 }));
  const headers = { 'x-perch-track': 'canary', 'x-perch-token': token };
  expect((await get(proxy.origin, undefined, headers)).body).toBe('canary-1');
  const received = members.flatMap(({ requests }) => requests.map(({ headers }) => headers));
  expect(received).toHaveLength(1);
  expect(Object.keys(received[0] ?? {}).filter((name) => name.startsWith('x-perch'))).toEqual([]);
});

test('a wrong token is ignored and not forwarded to the app', async () => {
  await apply(release({ weight: 0 }));
  const headers = { 'x-perch-track': 'canary', 'x-perch-token': 'wrong' };
  expect((await get(proxy.origin, undefined, headers)).body).not.toBe('canary-1');
  const [received] = members.flatMap(({ requests }) => requests);
  expect(received?.headers).not.toHaveProperty('x-perch-token');
});

test('a draining member finishes its requests and gets no new ones', async () => {
  const [leaving] = members;
  if (leaving === undefined) throw new Error('no member');
  await apply(release({ weight: 0 }));
  const held: ServerResponse[] = [];
  leaving.respond = (_, response) => void held.push(response);
  const running = [get(proxy.origin), get(proxy.origin), get(proxy.origin)];
  await until(() => held.length === 1);

  const draining = release({ weight: 0 });
  draining.members = draining.members.map((one) =>
    one.id === leaving.id ? { ...one, state: 'draining' } : one,
  );
  await apply(draining);
  expect(await ask(20)).not.toContain(leaving.id);
  const inFlight = async () => await proxy.metrics('perch_proxy_in_flight{', leaving.id);
  expect((await inFlight())[0]).toMatch(/ 1$/);

  held[0]?.end('finished');
  const bodies = await Promise.all(running.map(async (one) => (await one).body));
  expect(bodies).toContain('finished');
  expect(await until(async () => (await inFlight())[0]?.endsWith(' 0'))).toBe(true);
});

test('an open tunnel is in flight at its member until it ends', async () => {
  await using member = await MemberServer.start('stable-7');
  const upgraded: Duplex[] = [];
  member.onUpgrade((socket) => {
    upgraded.push(socket);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
  });
  await apply(releaseDocument({ members: [member.entry()] }));
  const client = request(proxy.origin, { headers: { connection: 'upgrade', upgrade: 'x' } });
  client.end();
  const [, tunnel] = (await once(client, 'upgrade')) as [IncomingMessage, Duplex];
  const inFlight = async () => (await proxy.metrics('perch_proxy_in_flight{', member.id))[0];
  expect(await inFlight()).toMatch(/ 1$/);
  tunnel.end();
  for (const socket of upgraded) socket.end();
  expect(await until(async () => (await inFlight())?.endsWith(' 0'))).toBe(true);
});

test('a member gets no requests while its health checks fail, and gets them again when they pass', async () => {
  const [sick] = members;
  if (sick === undefined) throw new Error('no member');
  await apply(release());
  const available = async () => await proxy.metrics('perch_proxy_member_available{', sick.id);
  sick.healthy = false;
  await until(async () => (await available())[0]?.endsWith(' 0'));
  expect(await ask(20)).not.toContain(sick.id);
  sick.healthy = true;
  await until(async () => (await available())[0]?.endsWith(' 1'));
  expect(await ask(20)).toContain(sick.id);
});

test('stable gets the share of a canary that fails five times in a row', async () => {
  await using canary = await MemberServer.start('canary-9', (_, response) => {
    response.writeHead(500).end('broken');
  });
  const stable = release().members.filter(({ track }) => track === 'stable');
  await apply(release({ weight: 0 }));
  await ask(4);
  await apply(release({ weight: 100, members: [...stable, canary.entry()] }));
  const answers = await ask(10);
  expect(answers.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'broken'));
  expect(answers.slice(5).map(trackOf)).toEqual(Array.from({ length: 5 }, () => 'stable'));
});

test('a worker answers 503 with Retry-After if the document has no members', async () => {
  await apply(releaseDocument());
  const { status, headers } = await get(proxy.origin);
  expect(status).toBe(503);
  expect(headers['retry-after']).toBe('1');
});

test('a worker retries a GET whose member broke the connection', async () => {
  const broken = await withBrokenFirst('GET', (response) => response.socket?.destroy());
  expect(broken).toEqual({ status: 200, attempts: 2 });
});

test('a worker does not retry a POST that a member may have executed', async () => {
  const broken = await withBrokenFirst('POST', (response) => response.socket?.destroy());
  expect(broken).toEqual({ status: 502, attempts: 1 });
});

test('a worker does not retry a request that was answered with an error', async () => {
  const broken = await withBrokenFirst('GET', (response) => response.writeHead(503).end());
  expect(broken).toEqual({ status: 503, attempts: 1 });
});

test('a worker retries a POST whose member could not be reached', async () => {
  const [gone, there] = [
    await MemberServer.start('stable-8'),
    await MemberServer.start('stable-9'),
  ];
  const entries = [gone.entry(), there.entry()];
  await gone.stop();
  await apply(releaseDocument({ members: entries }));
  const statuses: number[] = [];
  for (let count = 0; count < 4; count += 1) {
    statuses.push((await fetch(proxy.origin, { method: 'POST', body: 'x' })).status);
  }
  await there.stop();
  expect(statuses).toEqual([200, 200, 200, 200]);
});

test('each refusal is counted by cause and can be logged, without what the client sent', async () => {
  await using empty = await DocumentFile.create(releaseDocument());
  await using logging = await startProxy({
    args: ['--document', empty.path, '--workers', '1', '--log-level', 'debug'],
  });
  const port = Number(logging.listening.split(':')[1]);
  const request = 'GET /secret-path HTTP/1.1\r\nHost: a\r\nAuthorization: secret-token\0\r\n\r\n';
  expect(await roundTrip(port, request)).toMatch(/^HTTP\/1\.1 400 /);
  await until(() => logging.log.some(({ msg }) => msg === 'request refused'));
  const line = logging.log.find(({ msg }) => msg === 'request refused');
  expect(line).toMatchObject({ cause: 'control-byte', remoteAddress: '127.0.0.1' });
  expect(JSON.stringify(logging.log)).not.toContain('secret-');
  const [counted] = await logging.metrics('perch_proxy_refusals_total{cause="control-byte"');
  expect(counted).toMatch(/ 1$/);
});

/** Uses new members, so that failures of one test do not eject a member for the next one. */
async function withBrokenFirst(
  method: string,
  breakOff: (response: ServerResponse) => void,
): Promise<{ status: number; attempts: number }> {
  const fresh = await Promise.all(['stable-8', 'stable-9'].map((id) => MemberServer.start(id)));
  try {
    await apply(releaseDocument({ members: fresh.map((one) => one.entry()) }));
    let attempts = 0;
    for (const one of fresh) {
      one.respond = (_, response) => {
        attempts += 1;
        if (attempts === 1) breakOff(response);
        else response.end(one.id);
      };
    }
    const { status } = await fetch(proxy.origin, {
      method,
      ...(method === 'POST' && { body: 'x' }),
    });
    return { status, attempts };
  } finally {
    for (const one of fresh) await one.stop();
  }
}

function release(overrides: Partial<ReleaseDocument> = {}): ReleaseDocument {
  return releaseDocument({
    weight: 25,
    members: members.map((one) => one.entry()),
    ...overrides,
  });
}

async function apply(document: ReleaseDocument): Promise<void> {
  generation += 1;
  await file.write({ ...document, generation });
  await proxy.untilGeneration(generation);
}

async function ask(times: number): Promise<string[]> {
  const bodies: string[] = [];
  for (let count = 0; count < times; count += 1) bodies.push((await get(proxy.origin)).body);
  return bodies;
}

function trackOf(id: string): string {
  return id.startsWith('canary') ? 'canary' : 'stable';
}
