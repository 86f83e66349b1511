import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Pebble } from './pebble.ts';

/** Answer that the front gives itself. */
export interface OwnAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Path at which Pebble finds and makes accounts. */
export const newAccountPath = '/sign-me-up';
/** Path at which Pebble takes orders. */
export const newOrderPath = '/order-plz';

/** Stands in front of a Pebble: it may hold requests, answer them itself, and knows what was asked. */
export class AuthorityFront implements AsyncDisposable {
  /** Returns the front's own answer, or settles when the request may go on. */
  onRequest: (path: string) => Promise<OwnAnswer | undefined> | OwnAnswer | undefined = () =>
    undefined;
  /** True if the directory is to say nothing of renewal information. */
  hidesRenewalInfo = false;
  readonly #pebble: Pebble;
  readonly #server: Server;
  readonly #orders: Record<string, unknown>[] = [];

  private constructor(pebble: Pebble, cert: Buffer, key: Buffer) {
    this.#pebble = pebble;
    this.#server = createServer({ cert, key }, (asked, answer) => void this.#serve(asked, answer));
  }

  static async start(pebble: Pebble): Promise<AuthorityFront> {
    const [cert, key] = await Promise.all([readFile(pebble.caFile), readFile(pebble.keyFile)]);
    const front = new AuthorityFront(pebble, cert, key);
    front.#server.listen(0, '127.0.0.1');
    await once(front.#server, 'listening');
    return front;
  }

  get directoryUrl(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}/dir`;
  }

  /** Payloads of the orders that were asked for. */
  get orders(): readonly Record<string, unknown>[] {
    return this.#orders;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { url: path = '/', method, headers } = asked;
    const body = Buffer.concat(await asked.toArray());
    if (path === newOrderPath) this.#orders.push(payloadIn(body.toString()));
    const own = await this.onRequest(path);
    if (own !== undefined) {
      answer.writeHead(own.status, { 'replay-nonce': 'bm9uY2U', ...own.headers }).end(own.body);
      return;
    }
    const ca = await readFile(this.#pebble.caFile);
    const target = { host: 'localhost', port: this.#pebble.port, path, method, headers, ca };
    const sent = request({ ...target, agent: false });
    const responded = once(sent, 'response');
    sent.end(body);
    try {
      const [got] = (await responded) as [IncomingMessage];
      const text = Buffer.concat(await got.toArray()).toString();
      const { 'content-length': _length, ...kept } = got.headers;
      answer.writeHead(got.statusCode ?? 500, kept);
      answer.end(path === '/dir' && this.hidesRenewalInfo ? withoutRenewalInfo(text) : text);
    } catch {
      // Pebble is gone, and so is the answer.
      answer.destroy();
    }
  }
}

function withoutRenewalInfo(directory: string): string {
  const { renewalInfo: _hidden, ...rest } = z
    .record(z.string(), z.unknown())
    .parse(JSON.parse(directory));
  return JSON.stringify(rest);
}

function payloadIn(jws: string): Record<string, unknown> {
  const { payload } = z.object({ payload: z.string() }).parse(JSON.parse(jws));
  const text = Buffer.from(payload, 'base64url').toString();
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
}
