import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import {
  createServer as createRawServer,
  type AddressInfo,
  type Server as RawServer,
} from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { HealthChecks } from '../../../runtime/proxy/members/health-checks.ts';
import { probe } from '../../../runtime/proxy/members/probe.ts';
import { RoutedMember } from '../../../runtime/proxy/members/routed-member.ts';
import { freePort } from '../../support/redis.ts';
import { member } from '../../support/release-document.ts';
import { until } from '../../support/until.ts';

const never = new AbortController().signal;
const servers: (Server | RawServer)[] = [];
const closeAfter: HealthChecks[] = [];

afterEach(() => {
  for (const checks of closeAfter.splice(0)) checks.stop();
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
});

describe('a probe', () => {
  const options = { path: '/healthz', timeoutMs: 5_000 };

  test.each([
    { status: 200, well: true },
    { status: 204, well: true },
    { status: 302, well: true },
    { status: 404, well: false },
    { status: 503, well: false },
  ])('of a member that answers $status is $well', async ({ status, well }) => {
    const port = await serve((_, answer) => answer(status));
    expect(await probe(upstreamAt(port), options, never)).toBe(well);
  });

  test('asks for the path that it was told', async () => {
    const paths: (string | undefined)[] = [];
    const port = await serve((path, answer) => {
      paths.push(path);
      answer(200);
    });
    await probe(upstreamAt(port), { ...options, path: '/up?deep=1' }, never);
    expect(paths).toEqual(['/up?deep=1']);
  });

  test('fails where nobody listens', async () => {
    expect(await probe(upstreamAt(await freePort()), options, never)).toBe(false);
  });

  test('fails when the answer does not come in time', async () => {
    const port = await raw(() => {});
    expect(await probe(upstreamAt(port), { ...options, timeoutMs: 20 }, never)).toBe(false);
  });

  test('fails when the member hangs up', async () => {
    const port = await raw((socket) => socket.destroy());
    expect(await probe(upstreamAt(port), options, never)).toBe(false);
  });

  test('fails when the answer is no HTTP', async () => {
    const port = await raw((socket) => socket.end('220 mail ready\r\n'));
    expect(await probe(upstreamAt(port), options, never)).toBe(false);
  });

  test('ends when it is no longer wanted', async () => {
    const port = await raw(() => {});
    const stop = new AbortController();
    const result = probe(upstreamAt(port), options, stop.signal);
    stop.abort();
    expect(await result).toBe(false);
  });
});

describe('health checks', () => {
  test('probe each member again and again', async () => {
    const { probes } = checking({ intervalMs: 5, doubtIntervalMs: 1 });
    const both = () => ['stable-1', 'stable-2'].every((id) => count(probes, id) >= 3);
    expect(await until(both)).toBe(true);
  });

  test('probe sooner while a member is in doubt', async () => {
    const { probes } = checking({ intervalMs: 3_600_000, doubtIntervalMs: 1, passes: () => false });
    expect(await until(() => count(probes, 'stable-1') === 2)).toBe(true);
  });

  test('probe at once when a request failed', async () => {
    const { checks, members, probes } = checking({ intervalMs: 3_600_000, doubtIntervalMs: 1 });
    await until(() => count(probes, 'stable-1') === 1);
    const [first] = members;
    if (first !== undefined) checks.doubt(first);
    expect(await until(() => count(probes, 'stable-1') === 2)).toBe(true);
  });

  test('forget a member that is no longer watched', async () => {
    const { checks, members, probes } = checking({ intervalMs: 5, doubtIntervalMs: 1 });
    await until(() => count(probes, 'stable-1') >= 1);
    checks.watch(members.slice(1));
    const seen = count(probes, 'stable-1');
    const other = count(probes, 'stable-2');
    await until(() => count(probes, 'stable-2') >= other + 5);
    expect(count(probes, 'stable-1')).toBe(seen);
  });

  test('tell nothing of a probe that ends after it stopped being wanted', async () => {
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<boolean>();
    const told: boolean[] = [];
    const checks = new HealthChecks({
      doubtIntervalMs: 1,
      probe: async () => {
        asked.resolve();
        return await answered.promise;
      },
      onResult: (_, passed) => void told.push(passed),
    });
    checks.watch([new RoutedMember(member('stable-1', 20_001))]);
    await asked.promise;
    checks.stop();
    answered.resolve(false);
    await answered.promise;
    await new Promise(setImmediate);
    expect(told).toEqual([]);
  });
});

function checking(options: {
  intervalMs: number;
  doubtIntervalMs: number;
  passes?: (id: string) => boolean;
}) {
  const { passes = () => true, ...intervals } = options;
  const probes: string[] = [];
  const checks = new HealthChecks({
    ...intervals,
    probe: async ({ id }) => {
      probes.push(id);
      return await Promise.resolve(passes(id));
    },
    onResult: (one, passed) => one.activeHealth.probed(passed),
  });
  const members = [member('stable-1', 20_001), member('stable-2', 20_002)].map(
    (one) => new RoutedMember(one),
  );
  checks.watch(members);
  closeAfter.push(checks);
  return { checks, members, probes };
}

function count(probes: readonly string[], id: string): number {
  return probes.filter((one) => one === id).length;
}

function upstreamAt(port: number) {
  return { key: `127.0.0.1:${port}`, host: '127.0.0.1', port };
}

async function serve(
  respond: (path: string | undefined, answer: (status: number) => void) => void,
): Promise<number> {
  return await listen(
    createServer((request, response) => {
      respond(request.url, (status) => response.writeHead(status).end());
    }),
  );
}

async function raw(onConnection: Parameters<typeof createRawServer>[1]): Promise<number> {
  const server = createRawServer(onConnection);
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    sockets.add(socket);
  });
  server.on('close', () => {
    for (const socket of sockets) socket.destroy();
  });
  return await listen(server);
}

async function listen(server: Server | RawServer): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
