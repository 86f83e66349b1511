import type Docker from 'dockerode';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dockerClient } from '../../../../runtime/monitor/host/sources/docker-client.ts';
import { until } from '../../../support/until.ts';

/** An engine that knows `ping` only. Like the real one, it makes a new socket at each start. */
async function startEngine(socket: string): Promise<AsyncDisposable> {
  rmSync(socket, { force: true });
  const server = createServer((_, response) => response.end('OK')).listen(socket);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answers(client: Docker): Promise<boolean> {
  return await client.ping().then(
    (answer) => String(answer) === 'OK',
    () => false,
  );
}

test('the client prefers the socket below the root of the host, which outlives a restart of the engine', async () => {
  const root = mkdtempSync(join(tmpdir(), 'perch-host-'));
  mkdirSync(join(root, 'run'));
  const socket = join(root, 'run/docker.sock');
  const engine = await startEngine(socket);
  const client = dockerClient(join(root, 'mounted-by-itself.sock'), {
    procRoot: join(root, 'proc'),
  });
  expect(await answers(client)).toBe(true);
  await engine[Symbol.asyncDispose]();
  expect(await answers(client)).toBe(false);
  await using _restarted = await startEngine(socket);
  await until(() => answers(client));
  rmSync(root, { recursive: true });
});

test('the client takes the given socket where the root of the host is not mounted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perch-host-'));
  const socket = join(folder, 'docker.sock');
  await using _engine = await startEngine(socket);
  for (const procRoot of ['/proc', join(folder, 'absent/proc')]) {
    expect(await answers(dockerClient(socket, { procRoot }))).toBe(true);
  }
  rmSync(folder, { recursive: true });
});
