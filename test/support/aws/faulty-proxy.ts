import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { hopByHopNames } from '../../../runtime/proxy/http/message/field-kind.ts';

/**
 * Fault of the proxy: `none` forwards the request, `throttled`, `refused` (wrong credentials) and
 * `broken` answer as such an SES, `silent` never answers, `answer-lost` forwards the request and
 * loses the answer.
 */
export type Fault = 'none' | 'throttled' | 'refused' | 'broken' | 'silent' | 'answer-lost';

const throttling = errorAnswer('Throttling', 'Maximum sending rate exceeded.');
const refusal = errorAnswer(
  'InvalidClientTokenId',
  'The security token included in the request is invalid.',
);

/** Fields that fetch and the server set themselves. */
const unforwarded: ReadonlySet<string> = new Set([
  ...hopByHopNames,
  'host',
  'content-length',
  'expect',
]);

/** Proxy in front of an emulator, with the fault that the test sets. */
export class FaultyProxy implements AsyncDisposable {
  fault: Fault = 'none';
  /** Bodies of all requests, including those that were not forwarded. */
  readonly bodies: string[] = [];
  readonly #target: string;
  readonly #server: Server;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  static async start(target: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get endpoint(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string')
      throw new Error('the proxy does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    this.bodies.push(body.toString());
    switch (this.fault) {
      case 'none':
        return await this.#pass(request, body, response);
      case 'throttled':
        return void response.writeHead(400, { 'content-type': 'text/xml' }).end(throttling);
      case 'refused':
        return void response.writeHead(403, { 'content-type': 'text/xml' }).end(refusal);
      case 'broken':
        return void response.writeHead(503).end();
      case 'silent':
        return;
      case 'answer-lost':
        await this.#forward(request, body);
        return void request.socket.destroy();
    }
  }

  async #pass(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const answer = await this.#forward(request, body);
    // fetch has decoded the body already.
    const dropped = new Set([...unforwarded, 'content-encoding']);
    const headers = [...answer.headers].filter(([name]) => !dropped.has(name));
    response.writeHead(answer.status, Object.fromEntries(headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  }

  #forward(request: IncomingMessage, body: Buffer): Promise<Response> {
    const headers = Object.entries(request.headers).filter(([name]) => !unforwarded.has(name));
    return fetch(`${this.#target}${request.url}`, {
      method: request.method ?? 'POST',
      headers: headers.map(([name, value]): [string, string] => [name, String(value)]),
      body: new Uint8Array(body),
    });
  }
}

function errorAnswer(code: string, message: string): string {
  return `<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error>
<Type>Sender</Type><Code>${code}</Code><Message>${message}</Message>
</Error><RequestId>0</RequestId></ErrorResponse>`;
}
