import type { Upstream } from '../contract/handler.ts';
import { SocketIo, type SocketHandler } from '../socket/socket-io.ts';

/** Owner of a connection, which learns of its ends. */
export interface ConnectionOwner {
  /** Called when anything happens to the connection while it is idle. */
  readonly onUseless: (connection: UpstreamConnection) => void;
  /** Called once the connection is closed, idle or not. */
  readonly onClose: (connection: UpstreamConnection) => void;
}

/**
 * One connection to an upstream. It carries one request after the other, and the exchange of a
 * request handles its events. In between it handles them itself: anything that happens then makes
 * it useless.
 */
export class UpstreamConnection implements SocketHandler {
  readonly upstream: Upstream;
  readonly io: SocketIo;
  #isReused = false;
  #idleUntil = Infinity;
  readonly #owner: ConnectionOwner;

  /** @param onConnect called when the connection can be written to. */
  constructor(
    upstream: Upstream,
    handler: SocketHandler,
    onConnect: () => void,
    owner: ConnectionOwner,
  ) {
    this.upstream = upstream;
    this.#owner = owner;
    this.io = SocketIo.to(upstream, handler, { onConnect, onClose: () => owner.onClose(this) });
  }

  /** True if it has carried a request before: it may then break without a fault of the upstream. */
  get isReused(): boolean {
    return this.#isReused;
  }

  /** Time of the engine's clock until which it may stay idle. */
  get idleUntil(): number {
    return this.#idleUntil;
  }

  /** Gives it to the exchange of one more request. */
  reuse(handler: SocketHandler): void {
    this.#isReused = true;
    this.io.handTo(handler);
  }

  /** Takes it back from its exchange. @param isSent true if everything that was read was sent on. */
  release(isSent: boolean): void {
    this.io.handTo(this);
    this.io.endRead(isSent);
    this.io.resume();
  }

  idle(until: number): void {
    this.#idleUntil = until;
  }

  /** Takes it back from its exchange, if it has one, and closes it. */
  discard(): void {
    this.io.handTo(this);
    this.io.destroy();
  }

  /** Handles bytes that no request has asked for. */
  received(): void {
    this.#owner.onUseless(this);
  }

  ended(): void {
    this.#owner.onUseless(this);
  }

  drained(): void {}

  closed(): void {
    this.#owner.onUseless(this);
  }
}
