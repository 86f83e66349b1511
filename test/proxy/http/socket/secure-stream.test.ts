import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../../support/until.ts';
import { allOf } from './support/stream-recorder.ts';
import { StreamServer } from './support/stream-server.ts';

/** More than the kernel takes of a connection whose other side reads nothing. */
const tooMuch = 8 * 1_048_576;

let server: StreamServer;

beforeEach(async () => {
  server = await StreamServer.start();
});

afterEach(() => server[Symbol.asyncDispose]());

test('texts and bytes arrive in order, whatever waits for what', async () => {
  const { stream, client } = await server.acceptTls();
  const large = Buffer.alloc(tooMuch, 'a');
  let isFree = false;
  stream.writeText('first ');
  stream.writeBuffer(large, () => (isFree = true));
  const middle = Buffer.from('middle');
  stream.writeParts('[', middle, ']');
  // Bytes that wait have been copied.
  middle.fill('x');
  stream.writeText('');
  stream.writeText(' last');
  expect(stream.unsentLength).toBe(tooMuch + 'first [middle] last'.length);
  expect(isFree).toBe(false);
  stream.end();
  const received = await allOf(client);
  expect(received.length).toBe(tooMuch + 'first [middle] last'.length);
  expect(received.subarray(0, 8).toString()).toBe('first aa');
  expect(received.subarray(-15).toString()).toBe('aa[middle] last');
  expect([isFree, stream.unsentLength]).toEqual([true, 0]);
});

test('bytes may change at once if nothing is being sent', async () => {
  const { stream, owner, client } = await server.acceptTls();
  const bytes = Buffer.from('bytes');
  stream.writeParts('[', bytes, ']');
  bytes.fill('x');
  await until(() => owner.events.includes('drained'));
  expect(stream.unsentLength).toBe(0);
  stream.endAndClose();
  expect((await allOf(client)).toString()).toBe('[bytes]');
});

test('what a write brings about comes after what waits already', async () => {
  const { stream, client } = await server.acceptTls();
  stream.writeBuffer(Buffer.from('1'), () => stream.writeText('3'));
  stream.writeText('2');
  setImmediate(() => stream.end());
  await until(() => stream.unsentLength === 0);
  expect((await allOf(client)).toString()).toBe('123');
});

test('writes that wait behind one another end when the other side is gone', async () => {
  const { stream, owner, client } = await server.acceptTls();
  let freed = 0;
  for (let write = 0; write < 4; write += 1) {
    stream.writeBuffer(Buffer.alloc(tooMuch / 4), () => (freed += 1));
  }
  // With bytes that it has not read.
  client.destroy();
  await until(() => owner.events.length > 0);
  await until(() => freed === 4);
  expect([stream.unsentLength, owner.events.length]).toEqual([0, 1]);
  expect(owner.events[0]).toMatch(/^closed/);
});
