import type { ServerSessionOptions } from 'node:http2';
import type { Engine } from '../exchange/engine.ts';
import { sessionOptions } from './http2-limits.ts';
import { RequestFields } from './request-fields.ts';
import { StreamClient } from './stream-client.ts';

/** Clients of streams that are kept for other streams. */
const mostSpare = 1_024;

/** State that all connections of HTTP/2 of one server share. */
export class Http2Engine {
  readonly engine: Engine;
  readonly sessionOptions: ServerSessionOptions;
  readonly #requestFields: RequestFields;
  readonly #spare: StreamClient[] = [];

  constructor(engine: Engine) {
    this.engine = engine;
    this.sessionOptions = sessionOptions(engine.limits);
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
}
