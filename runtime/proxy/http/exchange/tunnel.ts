import type { Engine } from './engine.ts';
import type { Route } from '../contract/handler.ts';
import type { Wire, WireUser } from '../socket/socket-io.ts';
import type { Timed } from '../socket/clock.ts';

/**
 * What follows an accepted upgrade (RFC 9110 section 7.8): bytes both ways, untouched. One side
 * may end while the other goes on.
 */
export class Tunnel implements Timed {
  deadline = Infinity;
  readonly #engine: Engine;
  readonly #route: Route;
  readonly #wires: readonly [Wire, Wire];
  #open = 2;

  constructor(
    engine: Engine,
    client: Wire,
    upstream: Wire,
    route: Route,
    onClientClosed: () => void,
  ) {
    this.#engine = engine;
    this.#route = route;
    this.#wires = [client, upstream];
    client.user = this.#side(client, upstream, onClientClosed);
    upstream.user = this.#side(upstream, client, () => {});
  }

  open(): void {
    this.#engine.stats.tunnels += 1;
    this.#engine.clock.add(this);
    this.#touch();
    for (const wire of this.#wires) wire.resume();
  }

  expired(): void {
    for (const wire of this.#wires) wire.destroy();
  }

  /** What is done with what happens to `from`. */
  #side(from: Wire, to: Wire, onClosed: () => void): WireUser {
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
