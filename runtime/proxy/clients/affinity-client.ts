import {
  hitBit,
  hitsIn,
  memoryText,
  noHits,
  rolloutMark,
  type ClientHits,
} from '../../core/routing/client-memory.ts';
import type { RequestHead } from '../http/message/request-head.ts';
import type { ClientCounter } from './client-counter.ts';
import { newClientId, receivedCookie, setCookie } from './affinity-cookie.ts';
import type { CookieKeys } from './cookie-keys.ts';

export interface AffinityClientsOptions {
  readonly keys: CookieKeys;
  readonly counter: Pick<ClientCounter, 'follow' | 'hitsOf'>;
  /**
   * Path prefix of the service, so that services which share a host have a cookie each. Default: none.
   */
  readonly pathPrefix?: () => string | undefined;
}

const noFields: readonly string[] = [];

/** Recognizes the clients of requests by their cookies. */
export class AffinityClients {
  readonly #options: AffinityClientsOptions;
  #rollout = { id: '', mark: '' };

  constructor(options: AffinityClientsOptions) {
    this.#options = options;
  }

  /**
   * Returns the client of a request: a new one if the request has no cookie with a valid signature.
   * Undefined while there is no key to sign with.
   */
  clientOf(
    request: Pick<RequestHead, 'field' | 'https'>,
    rolloutId: string,
  ): AffinityClient | undefined {
    const { keys, counter } = this.#options;
    if (!keys.canSign) return undefined;
    if (rolloutId !== this.#rollout.id) {
      this.#rollout = { id: rolloutId, mark: rolloutMark(rolloutId) };
      counter.follow(rolloutId);
    }
    const { mark } = this.#rollout;
    const cookie = receivedCookie(request.field('cookie'), keys);
    return new AffinityClient(this.#options, {
      id: cookie?.id ?? newClientId(),
      rollout: this.#rollout,
      hits: cookie === undefined ? noHits : hitsIn(cookie.memory, mark),
      needsCookie: cookie === undefined || cookie.isOutdated,
      secure: request.https,
    });
  }
}

interface AffinityClientState {
  readonly id: string;
  readonly rollout: { readonly id: string; readonly mark: string };
  readonly hits: ClientHits;
  readonly needsCookie: boolean;
  readonly secure: boolean;
}

/** Client of one request under cookie affinity. */
export class AffinityClient {
  readonly id: string;
  /** Hits that its cookie remembers in the present rollout. */
  readonly hits: ClientHits;
  readonly #options: AffinityClientsOptions;
  readonly #state: AffinityClientState;

  constructor(options: AffinityClientsOptions, state: AffinityClientState) {
    this.id = state.id;
    this.hits = state.hits;
    this.#options = options;
    this.#state = state;
  }

  /**
   * Fields that give the client its cookie, if it has none, or if it has been hit since.
   * @param status of a response that counts for the client; undefined if it does not count.
   */
  responseFields(status: number | undefined): readonly string[] {
    const { needsCookie, rollout, secure } = this.#state;
    const { keys, counter, pathPrefix } = this.#options;
    const hits = this.hits | counter.hitsOf(rollout.id, this.id) | hitsOf(status);
    if (!needsCookie && hits === this.hits) return noFields;
    const content = { id: this.id, memory: memoryText(rollout.mark, hits) };
    const cookie = setCookie(content, { keys, secure, path: pathPrefix?.() });
    if (cookie === undefined) return noFields;
    // A shared cache would hand the client's id to others (RFC 9111 section 5.2.2.7).
    return ['Set-Cookie', cookie, 'Cache-Control', 'private'];
  }
}

function hitsOf(status = 0): ClientHits {
  if (status >= 500) return hitBit('errors');
  return status >= 400 ? hitBit('rejections') : noHits;
}
