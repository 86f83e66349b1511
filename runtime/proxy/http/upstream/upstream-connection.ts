import type { Upstream } from '../contract/handler.ts';
import { SocketIo, type SocketHandler } from '../socket/socket-io.ts';

/**
 * One connection to an origin. It carries one request after the other, whose exchange is then the
 * handler of its socket; in between it is that itself, and of no more use once anything happens.
 */
export class UpstreamConnection implements SocketHandler {
  readonly upstream: Upstream;
  readonly io: SocketIo;
  /** Whether it has carried a request before: it may then break for no fault of the origin. */
  isReused = false;
  /** While it waits: when it is given up. */
  idleUntil = Infinity;
  readonly #onUseless: (connection: UpstreamConnection) => void;

  /**
   * @param onConnect called when it may be written to.
   * @param onUseless called when anything happens to it while it waits.
   */
  constructor(
    upstream: Upstream,
    handler: SocketHandler,
    onConnect: () => void,
    onUseless: (connection: UpstreamConnection) => void,
  ) {
    this.upstream = upstream;
    this.io = SocketIo.to(upstream, handler, onConnect);
    this.#onUseless = onUseless;
  }

  /** Bytes that nobody asked for. */
  received(): void {
    this.#onUseless(this);
  }

  ended(): void {
    this.#onUseless(this);
  }

  drained(): void {}

  closed(): void {
    this.#onUseless(this);
  }
}
