import type { Engine } from './engine.ts';
import type { Route } from '../contract/handler.ts';
import type { SocketIo, SocketHandler } from '../socket/socket-io.ts';
import type { Timed } from '../socket/clock.ts';

/**
 * What follows an accepted upgrade (RFC 9110 section 7.8): bytes both ways, untouched. One side
 * may end while the other goes on.
 */
export class Tunnel implements Timed {
  deadline = Infinity;
  readonly #engine: Engine;
  readonly #route: Route;
  readonly #ios: readonly [SocketIo, SocketIo];
  #open = 2;

  constructor(
    engine: Engine,
    client: SocketIo,
    upstream: SocketIo,
    route: Route,
    onClientClosed: () => void,
  ) {
    this.#engine = engine;
    this.#route = route;
    this.#ios = [client, upstream];
    client.handler = this.#side(client, upstream, onClientClosed);
    upstream.handler = this.#side(upstream, client, () => {});
  }

  open(): void {
    this.#engine.stats.tunnels += 1;
    this.#engine.clock.add(this);
    this.#touch();
    for (const io of this.#ios) io.resume();
  }

  expired(): void {
    for (const io of this.#ios) io.destroy();
  }

  /** What is done with what happens to `from`. */
  #side(from: SocketIo, to: SocketIo, onClosed: () => void): SocketHandler {
    return {
      received: (bytes, length) => {
        to.writeParts('', bytes, 0, length, '');
        if (to.isBacklogged) from.pause();
        this.#touch();
      },
      ended: () => to.end(),
      drained: () => {
        to.resume();
        this.#touch();
      },
      closed: () => {
        to.endAndClose();
        onClosed();
        this.#closed();
      },
    };
  }

  #closed(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#engine.clock.delete(this);
    this.#engine.stats.tunnels -= 1;
    this.#route.closed();
  }

  #touch(): void {
    const { clock, limits } = this.#engine;
    this.deadline = clock.after(limits.tunnelTimeoutMs);
  }
}
