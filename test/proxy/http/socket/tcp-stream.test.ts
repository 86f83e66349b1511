import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeConnections } from '../../../../runtime/proxy/http/socket/accepted-connections.ts';
import { TcpStream } from '../../../../runtime/proxy/http/socket/tcp-stream.ts';
import { until } from '../../../support/until.ts';
import { allOf, Recorder } from './support/stream-recorder.ts';
import { StreamServer } from './support/stream-server.ts';

/** More than the kernel takes of a connection whose other side reads nothing. */
const tooMuch = 32 * 1_048_576;

let server: StreamServer;

beforeEach(async () => {
  server = await StreamServer.start();
});

afterEach(() => server[Symbol.asyncDispose]());

/** Returns a stream that has connected, and the upstream's side of it. */
async function connected(): Promise<{ stream: TcpStream; owner: Recorder; upstream: Socket }> {
  const owner = new Recorder();
  const served = once(server.server, 'connection') as Promise<[Socket]>;
  const stream = await new Promise<TcpStream>((resolve) => {
    const made = TcpStream.to({ host: '127.0.0.1', port: server.port }, owner, () => resolve(made));
  });
  const [upstream] = await served;
  return { stream, owner, upstream: server.own(upstream) };
}

test('texts and bytes that cannot be sent at once arrive in order, and drain once', async () => {
  const { stream, owner, client } = await server.acceptTcp();
  const large = Buffer.alloc(tooMuch, 'a');
  let isFree = false;
  stream.writeText('first ');
  stream.writeBuffer(large, () => (isFree = true));
  stream.writeParts('[', Buffer.from('middle'), ']');
  stream.writeText(' last');
  expect(stream.unsentLength).toBeGreaterThan(tooMuch);
  expect(isFree).toBe(false);
  stream.end();
  const received = await allOf(client);
  expect(received.length).toBe(tooMuch + 'first [middle] last'.length);
  expect(received.subarray(0, 8).toString()).toBe('first aa');
  expect(received.subarray(-15).toString()).toBe('aa[middle] last');
  await until(() => owner.events.length > 0);
  expect([isFree, stream.unsentLength, owner.events]).toEqual([true, 0, ['drained']]);
});

test('bytes are free at once if the kernel takes them', async () => {
  const { stream, client } = await server.acceptTcp();
  let isFree = false;
  stream.writeBuffer(Buffer.from('small'), () => (isFree = true));
  expect([isFree, stream.unsentLength]).toEqual([true, 0]);
  stream.endAndClose();
  expect((await allOf(client)).toString()).toBe('small');
});

test('a client that has sent more than was read gets the last bytes and an orderly end', async () => {
  const owners: Recorder[] = [];
  takeConnections(server.server, (handle) => {
    const owner = new Recorder();
    owners.push(owner);
    const stream = TcpStream.accepted(handle, owner);
    stream.writeText('go away');
    stream.endAndClose();
  });
  const clients = Array.from({ length: 50 }, () => {
    const client = connect(server.port, '127.0.0.1').pause();
    client.write('request');
    return server.own(client);
  });
  await until(() => owners.length === 50 && owners.every(({ events }) => events.length > 0));
  // Rejects for a client that gets a RST.
  const texts = await Promise.all(clients.map(async (client) => String(await allOf(client))));
  expect(new Set(texts)).toEqual(new Set(['go away']));
});

test('writes that wait behind one another end when the other side resets', async () => {
  const { stream, owner, client } = await server.acceptTcp();
  let freed = 0;
  for (let write = 0; write < 4; write += 1) {
    stream.writeBuffer(Buffer.alloc(tooMuch / 4), () => (freed += 1));
  }
  client.resetAndDestroy();
  await until(() => owner.events.length > 0);
  expect([freed, stream.unsentLength]).toEqual([4, 0]);
  expect(owner.events.filter((event) => event.startsWith('closed'))).toHaveLength(1);
});

test('a reset cannot be taken for an orderly end', async () => {
  const { stream, owner, client } = await server.acceptTcp();
  const failed = once(client, 'error') as Promise<[NodeJS.ErrnoException]>;
  client.resume();
  stream.writeText('half');
  stream.reset();
  const [error] = await failed;
  expect(error.code).toBe('ECONNRESET');
  await until(() => owner.events.includes('closed'));
});

test('a client that resets closes its stream with the error', async () => {
  const { owner, client } = await server.acceptTcp();
  client.resetAndDestroy();
  await until(() => owner.events.length > 0);
  expect(owner.events).toEqual(['closed by ECONNRESET']);
});

test('a paused stream reads nothing until it goes on', async () => {
  const { stream, owner, client } = await server.acceptTcp();
  stream.pause();
  client.write('waiting');
  // What another connection sends later has come, and this has not.
  const { owner: other, client: later } = await server.acceptTcp();
  later.write('later');
  await until(() => other.text === 'later');
  expect(owner.text).toBe('');
  stream.resume();
  await until(() => owner.text === 'waiting');
});

test('the response of an upstream that closed can be read after a write to it has failed', async () => {
  const { stream, owner, upstream } = await connected();
  stream.pause();
  upstream.write('response');
  upstream.destroy();
  // The first write is answered with a RST, so the second one fails.
  stream.writeText('a');
  await until(() => {
    stream.writeText('a');
    return stream.unsentLength === 0 && upstream.closed;
  });
  expect(owner.events).toEqual([]);
  stream.resume();
  await until(() => owner.events.length > 0);
  expect(owner.text).toBe('response');
});

test('an upstream that cannot be reached closes the stream with the error', async () => {
  const owner = new Recorder();
  const unused = server.port;
  server.server.close();
  await once(server.server, 'close');
  TcpStream.to({ host: '127.0.0.1', port: unused }, owner, () => owner.events.push('connected'));
  await until(() => owner.events.length > 0);
  expect(owner.events).toEqual(['closed by ECONNREFUSED']);
});

test('a stream that is given up while it connects is closed without an error', async () => {
  const owner = new Recorder();
  const stream = TcpStream.to({ host: '127.0.0.1', port: server.port }, owner, () =>
    owner.events.push('connected'),
  );
  stream.destroy();
  await until(() => owner.events.length > 0);
  expect(owner.events).toEqual(['closed']);
});
