import type { Engine } from './engine.ts';
import type { Route } from '../contract/handler.ts';
import type { SocketHandler, SocketIo } from '../socket/socket-io.ts';
import type { Timed } from '../socket/clock.ts';
import type { Place } from '../socket/dense-list.ts';

export interface TunnelEnds {
  readonly client: SocketIo;
  readonly upstream: SocketIo;
  readonly route: Route;
  readonly onClientClosed: () => void;
}

/** Time for both sides to close once the proxy has closed a tunnel, milliseconds. */
const closeTimeoutMs = 1_000;

/**
 * Relays bytes both ways, untouched, after an accepted upgrade (RFC 9110 section 7.8). One side may
 * end while the other goes on.
 */
export class Tunnel implements Timed {
  readonly inClock: Place = { index: -1 };
  readonly #engine: Engine;
  readonly #ends: TunnelEnds;
  #deadline = Infinity;
  #openEnds = 2;
  #isClosing = false;

  constructor(engine: Engine, ends: TunnelEnds) {
    const { client, upstream } = ends;
    this.#engine = engine;
    this.#ends = ends;
    client.handTo(this.#relay(client, upstream, ends.onClientClosed));
    upstream.handTo(this.#relay(upstream, client, () => {}));
  }

  get deadline(): number {
    return this.#deadline;
  }

  /** Closes both sides in an orderly way, so that clients need not suspect an attack (RFC 8446 section 6.1). */
  close(): void {
    this.#deadline = this.#engine.clock.after(closeTimeoutMs);
    this.#isClosing = true;
    for (const side of [this.#ends.client, this.#ends.upstream]) {
      side.end();
      side.resume();
    }
  }

  open(): this {
    this.#engine.stats.tunnelOpened();
    this.#engine.clock.add(this);
    this.#touch();
    this.#ends.client.resume();
    this.#ends.upstream.resume();
    return this;
  }

  expired(): void {
    this.#ends.client.destroy();
    this.#ends.upstream.destroy();
  }

  /** Handler of the events of `from`. */
  #relay(from: SocketIo, to: SocketIo, onClosed: () => void): SocketHandler {
    return {
      received: (bytes, length) => {
        if (this.#isClosing) return;
        to.writeBytes(bytes, 0, length);
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
        this.#endClosed();
      },
    };
  }

  #endClosed(): void {
    this.#openEnds -= 1;
    if (this.#openEnds > 0) return;
    this.#engine.clock.delete(this);
    this.#engine.stats.tunnelClosed();
    this.#ends.route.closed();
  }

  #touch(): void {
    if (this.#isClosing) return;
    const { clock, limits } = this.#engine;
    this.#deadline = clock.after(limits.tunnelTimeoutMs);
  }
}
