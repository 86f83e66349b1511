import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { connect, createSecureContext, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeConnections } from '../../../../runtime/proxy/http/socket/accepted-connections.ts';
import { SecureSocket } from '../../../../runtime/proxy/http/socket/secure-socket.ts';
import { SecureStream } from '../../../../runtime/proxy/http/socket/secure-stream.ts';
import { testCertificate } from '../../../support/tls/certificate.ts';
import { until } from '../../../support/until.ts';
import { allOf, Recorder } from './support/stream-recorder.ts';

/** More than the kernel takes of a connection whose other side reads nothing. */
const tooMuch = 8 * 1_048_576;
const { chainPem, privateKeyPem } = testCertificate({ hosts: ['a.test'] });
const context = createSecureContext({ cert: chainPem, key: privateKeyPem });

let server: Server;
const clients: TLSSocket[] = [];

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  server.close();
});

/** Returns a stream whose handshake is done, and the client, which reads nothing yet. */
async function accepted(): Promise<{ stream: SecureStream; owner: Recorder; client: TLSSocket }> {
  const owner = new Recorder();
  const secured = new Promise<SecureStream>((resolve) => {
    takeConnections(server, (handle) => {
      const socket = new SecureSocket(handle, {
        context,
        alpn: [],
        contextFor: () => context,
        onHello: (_name, read) => read(),
      });
      socket.once('secure', () => resolve(new SecureStream(socket, owner)));
    });
  });
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  client.pause().on('error', () => {});
  clients.push(client);
  return { stream: await secured, owner, client };
}

test('texts and bytes arrive in order, whatever waits for what', async () => {
  const { stream, client } = await accepted();
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
  const { stream, owner, client } = await accepted();
  const bytes = Buffer.from('bytes');
  stream.writeParts('[', bytes, ']');
  bytes.fill('x');
  await until(() => owner.events.includes('drained'));
  expect(stream.unsentLength).toBe(0);
  stream.endAndClose();
  expect((await allOf(client)).toString()).toBe('[bytes]');
});

test('what a write brings about comes after what waits already', async () => {
  const { stream, client } = await accepted();
  stream.writeBuffer(Buffer.from('1'), () => stream.writeText('3'));
  stream.writeText('2');
  setImmediate(() => stream.end());
  await until(() => stream.unsentLength === 0);
  expect((await allOf(client)).toString()).toBe('123');
});

test('a stream that ends and closes sends what is waiting before', async () => {
  const { stream, owner, client } = await accepted();
  stream.writeText('first ');
  stream.writeBuffer(Buffer.alloc(tooMuch, 'a'), () => {});
  stream.endAndClose();
  stream.writeText('dropped');
  expect(owner.events).toEqual([]);
  expect((await allOf(client)).length).toBe(tooMuch + 'first '.length);
  await until(() => owner.events.includes('closed'));
});

test('writes that wait behind one another end when the other side is gone', async () => {
  const { stream, owner, client } = await accepted();
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

test('what is written to a stream that closes is dropped, and its bytes are free', async () => {
  const { stream, owner } = await accepted();
  let freed = 0;
  stream.writeBuffer(Buffer.alloc(tooMuch), () => (freed += 1));
  stream.writeBuffer(Buffer.from('waits'), () => (freed += 1));
  stream.destroy();
  stream.writeBuffer(Buffer.from('late'), () => (freed += 1));
  stream.writeText('late');
  stream.end();
  await until(() => owner.events.includes('closed') && freed === 3);
  expect(owner.events).toEqual(['closed']);
});

test('a stream reads what comes and notes the end of the other side, and may go on sending', async () => {
  const { stream, owner, client } = await accepted();
  client.end('hello');
  await until(() => owner.events.includes('ended'));
  expect(owner.text).toBe('hello');
  stream.writeText('still there');
  stream.end();
  expect((await allOf(client)).toString()).toBe('still there');
  await until(() => owner.events.includes('closed'));
});
