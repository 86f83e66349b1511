import type { Http2Session } from 'node:http2';

/** Session -> callbacks that wait for the answer to its PING. */
const waiting = new WeakMap<Http2Session, (() => void)[]>();

/**
 * Calls back once the client has answered a PING, or its session has ended. A client answers only what
 * it reads, so one that reads nothing is told by it: Node does not say which frames were sent. Streams
 * of a session share a PING, because Node sends only a few at a time.
 */
export function onceRead(session: Http2Session, callback: () => void): void {
  const others = waiting.get(session);
  if (others !== undefined) {
    others.push(callback);
    return;
  }
  const callbacks = [callback];
  waiting.set(session, callbacks);
  session.ping(() => {
    waiting.delete(session);
    for (const each of callbacks) each();
  });
}
