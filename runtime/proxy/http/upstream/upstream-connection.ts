import type { Origin } from '../contract/handler.ts';
import { Wire, type WireUser } from '../socket/socket-io.ts';

/**
 * One connection to an origin. It carries one request after the other, whose exchange is then the
 * user of its wire; in between it is that itself, and of no more use once anything happens.
 */
export class UpstreamConnection implements WireUser {
  readonly origin: Origin;
  readonly wire: Wire;
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
    origin: Origin,
    user: WireUser,
    onConnect: () => void,
    onUseless: (connection: UpstreamConnection) => void,
  ) {
    this.origin = origin;
    this.wire = Wire.to(origin, user, onConnect);
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
