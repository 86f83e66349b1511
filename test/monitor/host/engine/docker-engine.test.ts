import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DockerEngine } from '../../../../runtime/monitor/host/engine/docker-engine.ts';
import { until } from '../../../support/until.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'perch-engine-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

type Respond = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** An engine at a socket. Like the real one, it makes a new socket at each start. */
async function startEngine(
  socket: string,
  respond: Respond = (_, response) => void response.end('[]'),
): Promise<AsyncDisposable> {
  rmSync(socket, { force: true });
  const server = createServer((request, response) => void respond(request, response));
  server.listen(socket);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answers(engine: DockerEngine): Promise<boolean> {
  return await engine.listImages().then(
    () => true,
    () => false,
  );
}

test('the socket below the root of the host is preferred, which outlives a restart of the engine', async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'run'));
  const socket = join(root, 'run/docker.sock');
  const started = await startEngine(socket);
  const engine = new DockerEngine(join(root, 'mounted-by-itself.sock'), {
    procRoot: join(root, 'proc'),
  });
  expect(await answers(engine)).toBe(true);
  await started[Symbol.asyncDispose]();
  expect(await answers(engine)).toBe(false);
  await using _restarted = await startEngine(socket);
  await until(() => answers(engine));
});

test('the given socket is taken where the root of the host is not mounted', async () => {
  const folder = temporaryFolder();
  const socket = join(folder, 'docker.sock');
  await using _engine = await startEngine(socket);
  for (const procRoot of ['/proc', join(folder, 'absent/proc')]) {
    expect(await answers(new DockerEngine(socket, { procRoot }))).toBe(true);
  }
});

test('a call sends what the engine needs, and reads only what the monitor knows', async () => {
  const socket = join(temporaryFolder(), 'docker.sock');
  const requests: string[] = [];
  await using _engine = await startEngine(socket, async (request, response) => {
    const body = await text(request);
    requests.push(`${request.method} ${decodeURIComponent(request.url ?? '')} ${body}`.trim());
    const event = { Actor: { ID: 'c1' }, timeNano: 5, Type: 'container' };
    response.end(request.url?.startsWith('/events') === true ? `${JSON.stringify(event)}\n` : '{}');
  });
  const engine = new DockerEngine(socket);
  const events = await engine.events({ since: 1.5, until: 2 }, { event: ['oom'] });
  expect(events).toEqual([{ Actor: { ID: 'c1' }, timeNano: 5 }]);
  await engine.limitMemory('c1', { Memory: 10, MemorySwap: 20 });
  await engine.startContainer('c1');
  await engine.removeImage('registry.test:5000/shop@sha256:1');
  expect(await engine.pruneBuildCache(1_500)).toBe(0);
  expect(requests).toEqual([
    'GET /events?since=1.5&until=2&filters={"event":["oom"]}',
    'POST /containers/c1/update {"Memory":10,"MemorySwap":20}',
    'POST /containers/c1/start',
    'DELETE /images/registry.test:5000/shop@sha256:1',
    'POST /build/prune?filters={"until":["2s"]}',
  ]);
});

test.for([
  [409, '{"message":"image is in use"}', 'the Docker engine answered 409: image is in use'],
  [502, 'Bad Gateway\n', 'the Docker engine answered 502: Bad Gateway'],
] as const)('a refusal %i has the words of the engine', async ([status, body, message]) => {
  const socket = join(temporaryFolder(), 'docker.sock');
  await using _engine = await startEngine(socket, (_, response) => {
    response.writeHead(status).end(body);
  });
  const removal = new DockerEngine(socket).removeImage('shop:1');
  await expect(removal).rejects.toMatchObject({ name: 'EngineError', status, message });
});

test('an engine that answers only a part in time is given up', async () => {
  const socket = join(temporaryFolder(), 'docker.sock');
  await using _engine = await startEngine(socket, (_, response) => {
    response.writeHead(200);
    response.write('[');
  });
  const engine = new DockerEngine(socket, { timeoutMs: 50 });
  await expect(engine.listImages()).rejects.toThrow(/aborted|timeout/i);
});
