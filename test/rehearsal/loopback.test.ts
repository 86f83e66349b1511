import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort, loopback } from '../../rehearsal/loopback.ts';

const chooser = join(import.meta.dirname, '../support/processes/port-chooser.ts');

test('processes that choose a port at the same time get different ones, before anybody listens', async () => {
  const preferred = await freePort();
  const [here, there] = await Promise.all([freePort(preferred), chosenElsewhere(preferred)]);
  expect(new Set([preferred, here, there]).size).toBe(3);
});

test('a port is free again once the process that chose it has ended', async () => {
  const preferred = await freePort();
  const other = await chosenElsewhere(preferred);
  await expect.poll(() => freePort(other)).toBe(other);
});

test('a preferred port is taken unless somebody listens on it', async () => {
  const server = createServer().listen(0, loopback);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const taken = typeof address === 'object' ? address?.port : undefined;
  expect(await freePort(taken)).not.toBe(taken);
});

async function chosenElsewhere(preferred: number): Promise<number> {
  const child = fork(chooser, [String(preferred)]);
  const ended = once(child, 'exit');
  const [port] = (await once(child, 'message')) as [number];
  child.disconnect();
  await ended;
  return port;
}
