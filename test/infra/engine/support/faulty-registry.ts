import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';

/** A proxy in front of a registry that refuses requests of manifests when the test says so. */
export interface FaultyRegistry extends AsyncDisposable {
  /** `host:port/path` */
  readonly address: string;
  /** Answers the next requests with these statuses, one each. */
  failNext(...statuses: number[]): void;
  /** Requests of manifests so far: their answers' status, 0 for those that the registry answered. */
  readonly manifests: number[];
}

/** @param address of the registry, `host:port/path`. */
export async function startFaultyRegistry(address: string): Promise<FaultyRegistry> {
  const [host = '', ...path] = address.split('/');
  const statuses: number[] = [];
  const manifests: number[] = [];

  const handle = (incoming: IncomingMessage, response: ServerResponse) => {
    if (incoming.url?.includes('/manifests/') === true) {
      const status = statuses.shift();
      manifests.push(status ?? 0);
      if (status !== undefined) {
        const code = status === 429 ? 'TOOMANYREQUESTS' : 'UNAVAILABLE';
        const errors = [{ code, message: 'refused by the test' }];
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ errors }));
        return;
      }
    }
    const { method, headers } = incoming;
    const outgoing = send(`http://${host}${incoming.url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  };

  const server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const listening = server.address();
  if (listening === null || typeof listening === 'string') throw new Error('it does not listen');
  return {
    address: [`127.0.0.1:${listening.port}`, ...path].join('/'),
    failNext: (...next) => void statuses.push(...next),
    manifests,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
