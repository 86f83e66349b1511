import type { Engine } from '../exchange/engine.ts';
import type { FieldLimits } from './hpack/field-decoder.ts';
import { fieldLimits } from './http2-limits.ts';
import { RequestFields } from './request-fields.ts';
import { StreamClient } from './stream-client.ts';

/** Clients of streams that are kept for other streams. */
const mostSpare = 1_024;

/** State that all connections of HTTP/2 of one server share. */
export class Http2Engine {
  readonly engine: Engine;
  readonly fieldLimits: FieldLimits;
  readonly #requestFields: RequestFields;
  readonly #spare: StreamClient[] = [];
  #pending: (() => void)[] = [];

  constructor(engine: Engine) {
    this.engine = engine;
    this.fieldLimits = fieldLimits(engine.limits);
    this.#requestFields = new RequestFields(engine.outgoingRequest.head, engine.limits);
  }

  /** Returns a client for one stream. */
  take(): StreamClient {
    return this.#spare.pop() ?? new StreamClient(this.engine, this.#requestFields);
  }

  /** Takes back a client whose stream is closed. */
  release(client: StreamClient): void {
    if (this.#spare.length < mostSpare) this.#spare.push(client);
  }

  /** Calls back at the end of this turn of the event loop, when the sockets that were ready are read. */
  atEndOfTurn(flush: () => void): void {
    if (this.#pending.length === 0) setImmediate(this.#flushAll);
    this.#pending.push(flush);
  }

  readonly #flushAll = (): void => {
    const pending = this.#pending;
    this.#pending = [];
    for (const flush of pending) flush();
  };
}
