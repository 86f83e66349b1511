import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { TestRedis } from './redis-server.ts';

/** Relay in front of a test's Redis, which a test can cut: then connections end and none begins. */
export class RedisRelay implements AsyncDisposable {
  readonly #target: TestRedis;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(target: TestRedis) {
    this.#target = target;
    this.#server = createServer((client) => this.#relay(client));
  }

  static async start(target: TestRedis): Promise<RedisRelay> {
    const relay = new RedisRelay(target);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    const url = new URL(this.#target.url);
    url.port = String(address.port);
    return url.href;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  heal(): void {
    this.#isCut = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #relay(client: Socket): void {
    if (this.#isCut) return void client.destroy();
    const upstream = connect(this.#target.port, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      // A close follows every error.
      socket
        .on('error', () => {})
        .on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      socket.pipe(other);
    }
  }
}
