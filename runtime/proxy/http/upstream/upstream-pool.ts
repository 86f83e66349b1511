import type { Clock, Timed } from '../socket/clock.ts';
import type { Place } from '../socket/dense-list.ts';
import type { Upstream } from '../contract/handler.ts';
import type { Limits } from '../contract/limits.ts';
import { UpstreamConnection, type ConnectionOwner } from './upstream-connection.ts';
import type { SocketHandler } from '../socket/socket-io.ts';

/**
 * Pool of idle connections to upstreams; the one that was used last is taken first. It never holds
 * more than were needed at once within the idle timeout. A smaller bound would open and close
 * connections all the time while more requests run than it allows, at twice the cost of forwarding.
 */
export class UpstreamPool implements Timed {
  readonly inClock: Place = { index: -1 };
  #idleCount = 0;
  readonly #idle = new Map<string, UpstreamConnection[]>();
  readonly #limits: Limits;
  readonly #clock: Clock;
  /** All connections that are not closed, idle or not, by the key of their upstream. */
  readonly #open = new Map<string, Set<UpstreamConnection>>();
  readonly #owner: ConnectionOwner = {
    onUseless: (connection) => this.#drop(connection),
    onClose: (connection) => this.#forget(connection),
  };

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Number of connections that wait for a request. */
  get idleCount(): number {
    return this.#idleCount;
  }

  /** Past while any connection waits, so that each tick of the clock checks them. */
  get deadline(): number {
    return this.#idleCount > 0 ? 0 : Infinity;
  }

  /** Takes an idle connection, undefined if there is none. */
  take(upstream: Upstream, handler: SocketHandler): UpstreamConnection | undefined {
    const connection = this.#idle.get(upstream.key)?.pop();
    if (connection === undefined) return undefined;
    this.#idleCount -= 1;
    if (connection.idleUntil <= this.#clock.now) {
      connection.io.destroy();
      return this.take(upstream, handler);
    }
    connection.reuse(handler);
    return connection;
  }

  /** Makes a new connection, which can be written to once `onConnect` is called. */
  connect(upstream: Upstream, handler: SocketHandler, onConnect: () => void): UpstreamConnection {
    const connection = new UpstreamConnection(upstream, handler, onConnect, this.#owner);
    let open = this.#open.get(upstream.key);
    if (open === undefined) this.#open.set(upstream.key, (open = new Set()));
    open.add(connection);
    return connection;
  }

  /** Closes all connections to an upstream, also those that carry a request or a tunnel. */
  break({ key }: Upstream): void {
    for (const { io } of this.#open.get(key) ?? []) io.destroy();
  }

  /**
   * Takes back a connection whose last response was complete and that the upstream keeps open.
   * @param keptOpenMs milliseconds for which the upstream says that it keeps it open.
   */
  put(connection: UpstreamConnection, keptOpenMs: number): void {
    const { upstream } = connection;
    let waiting = this.#idle.get(upstream.key);
    if (waiting === undefined) this.#idle.set(upstream.key, (waiting = []));
    waiting.push(connection);
    if (this.#idleCount === 0) this.#clock.add(this);
    this.#idleCount += 1;
    connection.idle(this.#clock.now + Math.min(this.#limits.idleOriginTimeoutMs, keptOpenMs));
  }

  /** Closes connections that have waited for too long; the oldest come first in each list. */
  expired(): void {
    for (const [key, waiting] of this.#idle) {
      const firstInTime = waiting.findIndex(({ idleUntil }) => idleUntil > this.#clock.now);
      const late = waiting.splice(0, firstInTime === -1 ? waiting.length : firstInTime);
      this.#idleCount -= late.length;
      for (const { io } of late) io.destroy();
      if (waiting.length === 0) this.#idle.delete(key);
    }
    if (this.#idleCount === 0) this.#clock.delete(this);
  }

  /** Closes all idle connections. */
  close(): void {
    for (const waiting of this.#idle.values()) {
      for (const { io } of waiting) io.destroy();
    }
    this.#idle.clear();
    this.#idleCount = 0;
    this.#clock.delete(this);
  }

  #forget(connection: UpstreamConnection): void {
    const { key } = connection.upstream;
    const open = this.#open.get(key);
    open?.delete(connection);
    if (open?.size === 0) this.#open.delete(key);
  }

  #drop(connection: UpstreamConnection): void {
    const waiting = this.#idle.get(connection.upstream.key);
    const index = waiting?.indexOf(connection) ?? -1;
    if (index === -1) return;
    waiting?.splice(index, 1);
    this.#idleCount -= 1;
    connection.io.destroy();
  }
}
