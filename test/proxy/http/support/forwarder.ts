import type {
  Handler,
  NoRoute,
  Upstream,
  Outcome,
  Route,
} from '../../../../runtime/proxy/http/contract/handler.ts';
import type { TlsTermination } from '../../../../runtime/proxy/http/contract/tls.ts';
import type { RefusalCause } from '../../../../runtime/proxy/http/message/refusal.ts';
import { HttpServer, type HttpServerOptions } from '../../../../runtime/proxy/http/server.ts';

export interface ForwarderOptions extends Partial<Omit<HttpServerOptions, 'handler'>> {
  /** Ports of upstreams: the first attempt goes to the first, the retry to the second. */
  readonly upstreams: readonly number[];
  readonly responseFields?: readonly string[];
  /** Status of a response in whose place that of the second upstream is sent. Default: none. */
  readonly replacedStatus?: number;
  /** Given: its clients speak HTTP/2 on `port`, without TLS. Default false. */
  readonly http2?: boolean;
  /** Given: it also listens with TLS, on `tlsPort`. */
  readonly tls?: TlsTermination;
}

/** Engine in front of given upstreams, with a record of its calls. */
export class Forwarder implements AsyncDisposable, Handler {
  readonly outcomes: Outcome[] = [];
  /** Number of attempts, and of those whose `closed` was called. */
  begun = 0;
  closed = 0;
  readonly refusals: RefusalCause[] = [];
  readonly server: HttpServer;
  port = 0;
  tlsPort = 0;
  upstreams: readonly number[];
  readonly #responseFields: readonly string[];
  readonly #replacedStatus: number | undefined;

  private constructor(options: ForwarderOptions) {
    this.upstreams = options.upstreams;
    this.#replacedStatus = options.replacedStatus;
    this.#responseFields = options.responseFields ?? [];
    this.server = new HttpServer({
      handler: this,
      onRefusal: (cause) => this.refusals.push(cause),
      ...options,
    });
  }

  static async start(options: ForwarderOptions): Promise<Forwarder> {
    const forwarder = new Forwarder(options);
    const { tls, http2 = false } = options;
    const { port } = await forwarder.server.listen({ host: '127.0.0.1', port: 0, http2 });
    forwarder.port = port;
    if (tls !== undefined) {
      const secure = await forwarder.server.listen({ host: '127.0.0.1', port: 0, tls });
      forwarder.tlsPort = secure.port;
    }
    return forwarder;
  }

  route(): Route | NoRoute {
    return this.#route(0) ?? { retryAfterSeconds: 7 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.drain(0);
  }

  #route(attempt: number): Route | undefined {
    const port = this.upstreams[attempt];
    if (port === undefined) return undefined;
    this.begun += 1;
    const upstream: Upstream = { key: `127.0.0.1:${port}`, host: '127.0.0.1', port };
    return {
      upstream,
      responseFields: () => this.#responseFields,
      retry: () => (attempt === 0 ? this.#route(1) : undefined),
      instead: (status) => (status === this.#replacedStatus ? this.#route(1) : undefined),
      done: (outcome) => this.outcomes.push(outcome),
      closed: () => (this.closed += 1),
    };
  }
}
