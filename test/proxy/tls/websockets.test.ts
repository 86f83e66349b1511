import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { RawClient } from '../../support/http/raw-client.ts';
import { until } from '../../support/until.ts';
import { startTlsGateway } from './support/tls-gateway.ts';

const upgrade =
  'GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n';
const accepted =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const alertRecord = 21;

function echo(socket: Socket): void {
  socket.once('data', () => {
    socket.write(accepted);
    socket.pipe(socket);
  });
}

/** Types of the TLS records in a stream (RFC 5246 section 6.2.1). */
function recordTypes(stream: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at + 5 <= stream.length; at += 5 + stream.readUInt16BE(at + 3)) {
    types.push(stream.readUInt8(at));
  }
  return types;
}

/** Client of a WebSocket that knows which TLS records came; TLS 1.3 would hide the types. */
class TappedClient implements AsyncDisposable {
  readonly client: RawClient;
  readonly #parts: Buffer[];
  readonly #disposed: AsyncDisposableStack;

  private constructor(client: RawClient, parts: Buffer[], disposed: AsyncDisposableStack) {
    this.client = client;
    this.#parts = parts;
    this.#disposed = disposed;
  }

  static async connect(port: number): Promise<TappedClient> {
    await using stack = new AsyncDisposableStack();
    const parts: Buffer[] = [];
    const relay = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      far.on('data', (bytes) => parts.push(bytes));
      for (const socket of [near, far]) socket.on('error', () => {});
      near.pipe(far).pipe(near);
    });
    stack.defer(() => void relay.close());
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const at = (relay.address() as AddressInfo).port;
    const options = { servername: 'a.test', maxVersion: 'TLSv1.2' } as const;
    const client = stack.use(await RawClient.connectSecurely(at, options));
    await client.send(upgrade);
    await client.untilText('\r\n\r\n');
    client.clear();
    return new TappedClient(client, parts, stack.move());
  }

  async untilEchoed(text: string): Promise<void> {
    await this.client.send(text);
    await this.client.untilText(text);
  }

  /** Waits for the end. @returns true if TLS was closed properly (RFC 5246 section 7.2.1). */
  async isClosedProperly(): Promise<boolean> {
    await this.client.untilEnd();
    return recordTypes(Buffer.concat(this.#parts)).at(-1) === alertRecord;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disposed.disposeAsync();
  }
}

test('a WebSocket over TLS lives through a drain until its bound, and is closed properly', async () => {
  await using secure = await startTlsGateway({ upstreams: [echo] });
  await using tapped = await TappedClient.connect(secure.port);
  await tapped.untilEchoed('before');
  const drained = secure.gateway.server.drain(1_500);
  await tapped.untilEchoed('meanwhile');
  expect(await tapped.isClosedProperly()).toBe(true);
  tapped.client.halfClose();
  await drained;
  const [upstream] = secure.gateway.upstreams[0]?.sockets ?? [];
  await until(() => upstream?.destroyed === true, { what: 'the end of the upstream' });
  expect(upstream?.errored).toBeNull();
});

test('a WebSocket over TLS that does not read does not hold up the end of a drain', async () => {
  await using secure = await startTlsGateway({
    upstreams: [
      (socket) =>
        socket.once('data', () => {
          socket.on('error', () => {});
          socket.write(accepted);
          socket.write(Buffer.alloc(32 * 2 ** 20));
        }),
    ],
  });
  using client = await RawClient.connectSecurely(secure.port, { servername: 'a.test' });
  await client.send(upgrade);
  await client.untilText('\r\n\r\n');
  client.socket.pause();
  await secure.gateway.server.drain(100);
  expect(secure.gateway.server.stats.connections).toBe(0);
});

test.each([
  ['ends', (socket: Socket) => socket.end()],
  ['is killed', (socket: Socket) => socket.resetAndDestroy()],
])('a WebSocket over TLS is closed properly when its member %s', async (_, stop) => {
  await using secure = await startTlsGateway({ upstreams: [echo] });
  await using tapped = await TappedClient.connect(secure.port);
  await tapped.untilEchoed('before');
  for (const socket of secure.gateway.upstreams[0]?.sockets ?? []) stop(socket);
  expect(await tapped.isClosedProperly()).toBe(true);
});
