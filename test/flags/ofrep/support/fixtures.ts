import { createFlagsServer } from '../../../../runtime/flags/ofrep/flags-server.ts';
import { ServedFlags } from '../../../../runtime/flags/ofrep/served-flags.ts';
import { HttpService, type HttpServiceLimits } from '../../../../runtime/process/http-service.ts';
import type { TestRedis } from '../../../support/redis/redis-server.ts';
import { silentLogger as logger } from '../../../support/silent-logger.ts';
import { openFlagWatch, test as base, type CleanUp } from '../../fixtures.ts';
import { bulk, single } from './protocol.ts';

export interface ServeOptions {
  readonly lastGoodFile?: string;
  readonly maxRequests?: number;
  readonly limits?: HttpServiceLimits;
}

export interface Answered {
  readonly status: number;
  readonly etag: string | null;
  readonly body: unknown;
}

/** A flags server, and a client that checks each response against the protocol. */
export class RunningFlagsServer {
  readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  get port(): number {
    return Number(new URL(this.origin).port);
  }

  /** Evaluates one flag. @param body an object becomes JSON; a text is sent as it is. */
  async one(key: string, body: unknown = { context: {} }): Promise<Answered> {
    return conforming(single, await this.post(`/${key}`, body));
  }

  /** Evaluates all flags. */
  async all(body: unknown = { context: {} }, headers: Record<string, string> = {}) {
    const response = await this.post('', body, headers);
    if (response.status !== 304) return conforming(bulk, response);
    return { status: 304, etag: response.headers.get('etag'), body: await response.text() };
  }

  /** @param path below `/ofrep/v1/evaluate/flags`. */
  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.origin}/ofrep/v1/evaluate/flags${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`${this.origin}/readyz`)).ok;
  }
}

async function conforming(schemas: typeof single, response: Response): Promise<Answered> {
  const { status, headers } = response;
  if (headers.get('content-type') !== 'application/json') {
    throw new Error(`content-type must be application/json, got ${headers.get('content-type')}`);
  }
  const body: unknown = await response.json();
  const schema = schemas[status];
  if (schema === undefined) throw new Error(`status must be one of the protocol, got ${status}`);
  schema.parse(body);
  return { status, etag: headers.get('etag'), body };
}

/**
 * Tests of the flags server.
 * - `serveFrom`: starts one for the flags in the Redis of a server.
 * - `serve`: starts one for the flags in the shared Redis.
 */
export const test = base
  .extend('serveFrom', async ({}, { onCleanup }) => {
    const cleanUp: CleanUp = [];
    onCleanup(async () => {
      for (const step of cleanUp.toReversed()) await step();
    });
    return async (server: TestRedis, options: ServeOptions = {}): Promise<RunningFlagsServer> => {
      const { lastGoodFile, maxRequests, limits } = options;
      const source = await openFlagWatch(server, { lastGoodFile }, cleanUp);
      const flags = new ServedFlags({ source, logger });
      const app = createFlagsServer({
        flags,
        logger,
        ...(maxRequests !== undefined && { maxRequests }),
      });
      const http = await HttpService.listen({
        fetch: app.fetch,
        host: '127.0.0.1',
        port: 0,
        ...(limits !== undefined && { limits }),
      });
      cleanUp.push(() => flags.stop());
      cleanUp.push(() => http.drain(100));
      await flags.start();
      return new RunningFlagsServer(http.origin);
    };
  })
  .extend('serve', ({ serveFrom, sharedServer }) => {
    return (options: ServeOptions = {}) => serveFrom(sharedServer, options);
  });
