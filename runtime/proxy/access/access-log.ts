import type { AccessLogSettings } from '../../contract/access-log.ts';
import type {
  ObservedRequest,
  RequestObserver,
  SeenRequest,
} from '../http/contract/request-observer.ts';
import type { RequestHead } from '../http/message/request-head.ts';
import { AccessEntry, type EntryStart } from './access-entry.ts';
import { clientAddress } from './client-address.ts';
import type { LineWriter } from './line-writer.ts';

export interface AccessLogOptions {
  readonly settings: AccessLogSettings;
  readonly writer: Pick<LineWriter, 'write'>;
  /** Returns the service that a request belongs to; undefined: none. */
  readonly serviceOf: (request: RequestHead) => string | undefined;
  /** Returns a number from 0 up to 1. Default: by chance. */
  readonly random?: () => number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const longest = { host: 255, path: 1_000, query: 500, requestId: 128 };

/**
 * Access log: one line of JSON for each request that chance chooses, also for those that the proxy
 * refuses. It has no header fields of the request but Host and the request's id, so no cookies and no
 * credentials.
 */
export class AccessLog implements RequestObserver {
  readonly #options: Required<AccessLogOptions>;

  constructor(options: AccessLogOptions) {
    this.#options = { random: Math.random, now: Date.now, ...options };
  }

  seen(request: SeenRequest): ObservedRequest | undefined {
    const { settings, writer, random, now } = this.#options;
    if (settings.percent < 100 && random() * 100 >= settings.percent) return undefined;
    const client = clientAddress(request, settings.clients);
    const start = { timeMs: now(), client, ...this.#startOf(request) };
    return new AccessEntry(start, (line) => writer.write(line));
  }

  #startOf({ head, isValid, isHttp2 }: SeenRequest): Omit<EntryStart, 'timeMs' | 'client'> {
    if (head === undefined) return isHttp2 ? { protocol: 'HTTP/2.0' } : {};
    const { settings, serviceOf } = this.#options;
    const { method, target, minorVersion, https, host } = head;
    const [path = '', ...query] = target.split('?');
    return {
      service: isValid ? serviceOf(head) : undefined,
      protocol: isHttp2 ? 'HTTP/2.0' : `HTTP/1.${minorVersion}`,
      scheme: https ? 'https' : 'http',
      method,
      host: isValid ? host?.slice(0, longest.host) : undefined,
      path: path.slice(0, longest.path),
      query:
        settings.query && query.length > 0 ? query.join('?').slice(0, longest.query) : undefined,
      requestId: head.field('x-request-id')?.slice(0, longest.requestId),
    };
  }
}
