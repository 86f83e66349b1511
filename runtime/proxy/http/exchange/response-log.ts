import type { Route } from '../contract/handler.ts';
import type {
  ObservedRequest,
  RequestObserver,
  SeenRequest,
} from '../contract/request-observer.ts';
import type { RefusalCause } from '../message/refusal.ts';
import type { BodyPart } from './body-writer.ts';
import type { Peer, RequestHead } from '../message/request-head.ts';

/** Tells an observer of the requests of one client, one after the other. Without one it does nothing. */
export class ResponseLog {
  readonly #observer: RequestObserver | undefined;
  readonly #isHttp2: boolean;
  #request: ObservedRequest | undefined;

  constructor(observer: RequestObserver | undefined, isHttp2: boolean) {
    this.#observer = observer;
    this.#isHttp2 = isHttp2;
  }

  /** Notes a request whose head was read. @param isValid true if it is not refused for its head. */
  begin(head: RequestHead, peer: Peer, isValid: boolean): void {
    if (this.#observer !== undefined) this.#see(peer, { head, isValid });
  }

  /** Notes a request whose head never came whole. */
  beginUnread(peer: Peer): void {
    if (this.#observer !== undefined) this.#see(peer, { head: undefined, isValid: false });
  }

  attempted(route: Route): void {
    this.#request?.attempted(route);
  }

  answered(status: number): void {
    this.#request?.answered(status);
  }

  sent(part: BodyPart): void {
    if (this.#request === undefined) return;
    this.#request.sent(part.payloadEnd - part.payloadStart);
    if (part.isDone) this.end();
  }

  /** Notes an answer that no member gave. */
  replied(status: number, cause?: RefusalCause): void {
    this.answered(status);
    this.end(cause);
  }

  /** Ends the request; does nothing if it has ended. */
  end(cause?: RefusalCause | 'client-gone'): void {
    const request = this.#request;
    this.#request = undefined;
    request?.ended(cause);
  }

  #see(peer: Peer, { head, isValid }: Pick<SeenRequest, 'head' | 'isValid'>): void {
    const { address, trusted } = peer;
    const seen = { head, isValid, isHttp2: this.#isHttp2, address, isTrusted: trusted };
    this.#request = this.#observer?.seen(seen);
  }
}
