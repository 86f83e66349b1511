import type { Handler } from '../contract/handler.ts';
import type { RequestObserver } from '../contract/request-observer.ts';
import type { Limits } from '../contract/limits.ts';
import { OutgoingRequest } from '../forwarding/outgoing-request.ts';
import { outcomeField, OutgoingResponse } from '../forwarding/outgoing-response.ts';
import { FieldKinds } from '../message/field-kind.ts';
import type { ForwardingPeer } from '../forwarding/peer.ts';
import type { HeadLimits } from '../message/head-reader.ts';
import { Via } from '../forwarding/via.ts';
import { refusals, type RefusalCause } from '../message/refusal.ts';
import {
  mostMethodBytes,
  RequestParser,
  type Peer,
  type RequestHead,
} from '../message/request-head.ts';
import { ResponseParser } from '../message/response-head.ts';
import { Clock } from '../socket/clock.ts';
import { UpstreamPool } from '../upstream/upstream-pool.ts';
import { ResponseLog } from './response-log.ts';
import { ServerStats } from './server-stats.ts';

export interface EngineOptions {
  readonly handler: Handler;
  readonly limits: Limits;
  readonly pseudonym: string;
  readonly privateRequestFields: readonly string[];
  readonly onRefusal: (cause: RefusalCause, remoteAddress: string) => void;
  /** Default: nobody observes requests. */
  readonly observer?: RequestObserver | undefined;
  /** Returns the max-age of Strict-Transport-Security for a request; undefined sends none. */
  readonly hstsSeconds?: ((request: HstsRequest) => number | undefined) | undefined;
}

/** Parts of a request by which the answer has Strict-Transport-Security or not. */
type HstsRequest = Pick<RequestHead, 'host' | 'target'>;

/** Field by which a host asks to be used by https only (RFC 6797). */
const hstsField = 'strict-transport-security';

/** List of no field, which costs nothing to give. */
export const noFields: readonly string[] = [];

/** State that all connections of one server share. */
export class Engine {
  readonly handler: Handler;
  readonly limits: Limits;
  readonly requestHeadLimits: HeadLimits;
  readonly responseHeadLimits: HeadLimits;
  readonly via: Via;
  readonly clock = new Clock();
  readonly pool: UpstreamPool;
  /** Heads are read, checked and rewritten in one go, so all connections can share one of each. */
  readonly outgoingRequest: OutgoingRequest;
  readonly outgoingResponse: OutgoingResponse;
  readonly stats = new ServerStats();
  readonly onRefusal: (cause: RefusalCause, remoteAddress: string) => void;
  readonly observer: RequestObserver | undefined;
  readonly #hstsSeconds: EngineOptions['hstsSeconds'];
  #isDraining = false;

  constructor(options: EngineOptions) {
    const { limits } = options;
    const { headBytes, headFields } = limits;
    const requestKinds = new FieldKinds(options.privateRequestFields);
    this.handler = options.handler;
    this.limits = limits;
    this.requestHeadLimits = { headBytes, startLineBytes: limits.targetBytes + mostMethodBytes };
    this.responseHeadLimits = { headBytes, startLineBytes: headBytes };
    this.via = new Via(options.pseudonym);
    this.pool = new UpstreamPool(limits, this.clock);
    this.outgoingRequest = new OutgoingRequest(new RequestParser(requestKinds, headFields));
    const responseParser = new ResponseParser(new FieldKinds([outcomeField]), headFields);
    this.outgoingResponse = new OutgoingResponse(responseParser, this.via);
    this.onRefusal = options.onRefusal;
    this.observer = options.observer;
    this.#hstsSeconds = options.hstsSeconds;
  }

  /** Counts and logs the refusal of what was never read as a request. */
  refuseUnread(cause: RefusalCause, peer: Peer, isHttp2: boolean): void {
    this.onRefusal(cause, peer.address);
    if (this.observer === undefined) return;
    const log = new ResponseLog(this.observer, isHttp2);
    log.beginUnread(peer);
    log.replied(refusals[cause][0], cause);
  }

  /** Returns Strict-Transport-Security for the answer to a request: name and value, or nothing. */
  hstsOf(request: RequestHead): readonly string[] {
    if (this.#hstsSeconds === undefined || !request.https) return noFields;
    return this.#hsts(request);
  }

  /** Adds the field, unless the application's response that was read has it itself. */
  withHsts(added: readonly string[], hsts: readonly string[]): readonly string[] {
    const isOwn = hsts.length === 0 || this.outgoingResponse.head.hasNamed(hstsField);
    return isOwn ? added : [...added, ...hsts];
  }

  /** Returns the same for the answer to something that is no request. */
  hstsOfPeer({ https, lastHost, serverName }: ForwardingPeer): readonly string[] {
    return https ? this.#hsts({ host: lastHost?.name ?? serverName, target: '/' }) : noFields;
  }

  /** Deadline of a client that gets nothing more to close the connection, once it has read the rest. */
  lingerDeadline(hasUnsent: boolean): number {
    const { clientStallTimeoutMs, lingerTimeoutMs } = this.limits;
    return this.clock.after(hasUnsent ? clientStallTimeoutMs : lingerTimeoutMs);
  }

  /** Deadline of a request's head that begins now. */
  get headDeadline(): number {
    return this.clock.after(this.limits.headTimeoutMs);
  }

  /** Deadline of a connection that waits for its next request from now on. */
  get idleDeadline(): number {
    const { drainIdleMs, keepAliveTimeoutMs } = this.limits;
    return this.clock.after(this.#isDraining ? drainIdleMs : keepAliveTimeoutMs);
  }

  /** True if responses tell the client to close. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  drain(): void {
    this.#isDraining = true;
  }

  #hsts(request: HstsRequest): readonly string[] {
    const seconds = this.#hstsSeconds?.(request);
    return seconds === undefined ? noFields : ['Strict-Transport-Security', `max-age=${seconds}`];
  }
}
