import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { loopback } from '../loopback.ts';

/** Network between one process and a server of this machine. It can be cut. */
export class Relay implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(targetPort: number) {
    this.#server = createServer((client) => this.#relay(client, targetPort));
  }

  /** @returns a relay and the port that stands for `targetPort`. */
  static async start(targetPort: number): Promise<{ relay: Relay; port: number }> {
    const relay = new Relay(targetPort);
    relay.#server.listen(0, loopback).unref();
    await once(relay.#server, 'listening');
    const address = relay.#server.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    return { relay, port: address.port };
  }

  /** Ends all connections and lets none begin. */
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

  #relay(client: Socket, targetPort: number): void {
    if (this.#isCut) return void client.destroy();
    const target = connect(targetPort, loopback);
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(socket);
      // A close follows every error.
      socket
        .on('error', () => undefined)
        .on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      socket.pipe(other);
    }
  }
}
