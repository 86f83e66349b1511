import { once } from 'node:events';
import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';

/** Answer to a request of {@link H2Client}. */
export interface H2Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly interim: readonly IncomingHttpHeaders[];
  /** Error code that the stream ended with; 0 for none. */
  readonly code: number;
}

/** Client of HTTP/2 by Node, on one connection. */
export class H2Client implements Disposable {
  readonly session: ClientHttp2Session;

  private constructor(session: ClientHttp2Session) {
    this.session = session;
    session.on('error', () => {});
  }

  static async connect(port: number): Promise<H2Client> {
    const session = connect(`http://127.0.0.1:${port}`);
    await once(session, 'connect');
    return new H2Client(session);
  }

  /** Connects by https with a name of a host. */
  static async connectSecurely(port: number, servername: string): Promise<H2Client> {
    const options = { host: '127.0.0.1', servername, rejectUnauthorized: false };
    const session = connect(`https://127.0.0.1:${port}`, options);
    await once(session, 'connect');
    return new H2Client(session);
  }

  /** Opens a stream. Fields may be given as a list: name, value, name, value. */
  open(fields: OutgoingHttpHeaders | readonly string[] = {}, endStream = true): ClientHttp2Stream {
    const stream = this.session.request(fields, { endStream });
    stream.on('error', () => {});
    return stream;
  }

  /** Sends a request, with a body if one is given. @returns its answer, however it ends. */
  async ask(
    fields: OutgoingHttpHeaders | readonly string[] = {},
    body?: string,
  ): Promise<H2Answer> {
    const stream = this.open(fields, body === undefined);
    if (body !== undefined) stream.end(body, 'latin1');
    return await answerOn(stream);
  }

  [Symbol.dispose](): void {
    this.session.destroy();
  }
}

/** Waits for the end of a stream. @returns what came on it. */
export async function answerOn(stream: ClientHttp2Stream): Promise<H2Answer> {
  let headers: IncomingHttpHeaders = {};
  const interim: IncomingHttpHeaders[] = [];
  let body = '';
  stream.on('headers', (fields) => interim.push(fields));
  stream.on('response', (fields) => (headers = fields));
  stream.setEncoding('latin1').on('data', (part: string) => (body += part));
  if (!stream.destroyed) await new Promise((resolve) => stream.once('close', resolve));
  return { status: Number(headers[':status'] ?? 0), headers, body, interim, code: stream.rstCode };
}
