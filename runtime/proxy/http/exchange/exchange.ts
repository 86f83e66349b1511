import { Attempt, type Try } from './attempt.ts';
import { Download } from './download.ts';
import type { Engine } from './engine.ts';
import { noBody } from '../message/framing.ts';
import type { Timed } from '../socket/clock.ts';
import { answerUnrouted, type ExchangeClient } from './exchange-client.ts';
import type { ExchangePhase } from './exchange-phase.ts';
import { ExchangeDeadline, type WaitingFor } from './exchange-deadline.ts';
import type { Outcome, Route } from '../contract/handler.ts';
import type { OutgoingRequest } from '../forwarding/outgoing-request.ts';
import { causeOfFault, type RefusalCause } from '../message/refusal.ts';
import { mayReplace, mayRetry, notFound, outcomeOf, type AttemptFault } from './retry-rules.ts';
import type { ResponseSink } from './response-sink.ts';
import { Upload } from './upload.ts';
import type { SocketHandler } from '../socket/socket-io.ts';

/**
 * Life of one request: from its head, through at most three attempts, to the end of its response. It
 * is reused for the next request of the same connection, and handles the events of the connection
 * to the upstream.
 */
export class Exchange implements SocketHandler, Pick<Timed, 'deadline' | 'expired'> {
  readonly #engine: Engine;
  readonly #client: ExchangeClient;
  readonly #response: ResponseSink;
  readonly #upload: Upload;
  readonly #deadline: ExchangeDeadline;
  readonly #attempt: Attempt;
  readonly #download: Download;
  #phase: ExchangePhase = 'idle';
  #method = '';
  #close = false;
  #isUpgrade = false;

  constructor(engine: Engine, client: ExchangeClient) {
    this.#engine = engine;
    this.#client = client;
    this.#upload = new Upload(engine.limits.bodyBytes);
    this.#deadline = new ExchangeDeadline(engine.clock, engine.limits);
    this.#attempt = new Attempt(engine, this, () => this.#connected());
    this.#response = client.response;
    this.#download = new Download(engine, client.response);
  }

  get deadline(): number {
    return this.#deadline.at;
  }

  /** True if the next bytes of the client belong to the request's body and can be taken now. */
  get expectsBody(): boolean {
    return this.#isSending && !this.#upload.isDone;
  }

  /**
   * Forwards a request. Its body is to follow.
   * @param close true if the client's connection is closed after the response.
   */
  begin(request: OutgoingRequest, close: boolean): void {
    const routed = this.#engine.handler.route(request.head);
    if (!('upstream' in routed)) {
      answerUnrouted(this.#client, routed, request.framing === noBody && !close);
      return;
    }
    this.#upload.start(request, routed);
    this.#download.start(request.head);
    this.#method = request.head.method;
    this.#close = close;
    this.#isUpgrade = request.upgrade !== undefined;
    this.#try(routed, 'first');
  }

  /** Takes the part of the request's body that stands in [start, end). @returns its end. */
  takeBody(bytes: Buffer, start: number, end: number): number {
    const { io } = this.#attempt;
    if (io === undefined) return end;
    const consumed = this.#upload.send(io, bytes, start, end);
    if (typeof consumed === 'string') {
      this.#abandon(consumed);
      return end;
    }
    if (io.isBacklogged) this.#client.body.pause();
    if (this.#upload.isDone) this.#client.body.endRead(false);
    this.#deadline.tookBody(consumed - start);
    this.#deadline.restart(this.#waitingFor);
    return consumed;
  }

  /** Takes the end of a request's body whose length was not given. */
  takeBodyEnd(): void {
    const { io } = this.#attempt;
    if (io === undefined || !this.#isSending) return;
    this.#upload.sendEnd(io);
    this.#deadline.restart(this.#waitingFor);
  }

  /** Sends the head alone if no part of the body came with it. */
  flushHead(): void {
    const { io } = this.#attempt;
    if (io !== undefined && this.#isSending) this.#upload.flushHead(io);
  }

  /** Notes that the client reads. @param hasAll true if it has taken what was waiting for it. */
  clientReads(hasAll: boolean): void {
    if (hasAll) this.#attempt.io?.resume();
    this.#attempt.progressed();
    this.#deadline.restart(this.#waitingFor);
  }

  /** Cancels the request of a client that is gone, be it at a fault of its own or not. */
  clientGone(): void {
    const isOwnFault = this.#waitingFor === 'reader' || this.#waitingFor === 'body';
    this.cancel(isOwnFault ? 'client-gone' : 'abandoned');
  }

  cancel(kind: 'client-gone' | 'abandoned'): void {
    if (this.#phase !== 'idle') this.#giveUp({ kind, durationMs: this.#attempt.waitedMs });
  }

  expired(): void {
    const waitingFor = this.#waitingFor;
    if (waitingFor === 'connection') this.#fail('connect');
    else if (waitingFor === 'reader') this.#client.cutOff('slow-reader');
    else if (waitingFor === 'body') this.#abandon('slow-body');
    else this.#fail('timeout');
  }

  received(bytes: Buffer, length: number): void {
    let position = 0;
    while (position < length && this.#phase === 'awaiting') {
      position = this.#takeHead(bytes, position, length);
    }
    if (this.#phase === 'relaying') this.#relay(bytes, position, length);
  }

  ended(): void {
    if (this.#phase === 'relaying' && this.#download.sendEnd()) {
      this.#complete(false);
    } else {
      this.closed();
    }
  }

  drained(): void {
    this.#client.body.resume();
    this.#deadline.restart(this.#waitingFor);
  }

  closed(): void {
    const isUnanswered = this.#phase === 'awaiting' && !this.#download.isBegun;
    const isStale = isUnanswered && this.#attempt.isOnKeptConnection && this.#mayRetry('stale');
    if (this.#phase === 'connecting') this.#fail(this.#attempt.connectFault);
    else this.#fail(isStale ? 'stale' : 'reset');
  }

  /** True if the attempt has a connection that the request is being sent on, or was. */
  get #isSending(): boolean {
    return this.#phase === 'awaiting' || this.#phase === 'relaying';
  }

  get #waitingFor(): WaitingFor {
    if (this.#phase === 'connecting') return 'connection';
    if (this.#response.isBacklogged) return 'reader';
    if (this.#upload.isDone || this.#upload.awaitsContinue) return 'response';
    return this.#attempt.io?.isBacklogged === true ? 'response' : 'body';
  }

  #try(route: Route, kind: Try): void {
    this.#upload.prepareHead();
    this.#download.reset();
    this.#response.log.attempted(route);
    const isConnected = this.#attempt.start(route, kind);
    this.#phase = isConnected ? 'awaiting' : 'connecting';
    if (isConnected && this.#upload.isDone) this.flushHead();
    this.#deadline.restart(this.#waitingFor);
  }

  #connected(): void {
    this.#phase = 'awaiting';
    if (!this.#upload.isDone) this.#client.offerBody();
    this.flushHead();
    this.#deadline.restart(this.#waitingFor);
  }

  /** Takes one response head, or a part of one. @returns the position after it. */
  #takeHead(bytes: Buffer, start: number, end: number): number {
    const download = this.#download;
    switch (download.readHead(bytes, start, end)) {
      case 'nothing-yet':
        return end;
      case 'malformed':
        this.#fail('malformed');
        return end;
      case 'switching':
        this.#switchProtocols(bytes, end);
        return end;
      case 'interim':
        this.#upload.proceed();
        this.#response.sendInterim();
        if (this.#response.isBacklogged) this.#attempt.io?.pause();
        this.#deadline.restart(this.#waitingFor);
        return download.next;
      case 'final':
        if (this.#replace()) return end;
        this.#beginRelay();
        return download.next;
    }
  }

  /** Makes another attempt if the route prefers its response. @returns true if so. */
  #replace(): boolean {
    const { status } = this.#download;
    if (status < 400 || !this.#upload.isDone || this.#isUpgrade) return false;
    const next = mayReplace(this.#attempted) ? this.#attempt.instead(status) : undefined;
    if (next === undefined) return false;
    this.#giveUp(this.#download.outcome(this.#attempt.elapsedMs));
    this.#try(next, 'instead');
    return true;
  }

  #beginRelay(): void {
    // The rest of an upload cannot be told from a next request once the response is complete.
    if (this.#engine.isDraining || !this.#upload.isDone) this.#close = true;
    this.#phase = 'relaying';
    this.#attempt.answered();
    const added = this.#attempt.addedFields(this.#download.status);
    this.#download.begin(this.#close, this.#engine.withHsts(added, this.#client.hsts));
  }

  /** Sends a part of the response's body, and before it the head if that still waits. */
  #relay(bytes: Buffer, start: number, end: number): void {
    const consumed = this.#download.send(bytes, start, end);
    if (consumed === 'malformed') this.#fail('malformed');
    else if (this.#download.isDone) this.#complete(consumed === end);
    else {
      if (this.#response.isBacklogged) this.#attempt.io?.pause();
      this.#attempt.progressed();
      this.#deadline.restart(this.#waitingFor);
    }
  }

  /** Switches protocols if the client asked for it (RFC 9110 section 7.8). */
  #switchProtocols(bytes: Buffer, end: number): void {
    if (!this.#isUpgrade || !this.#download.isSwitchAgreed) {
      this.#fail('malformed');
      return;
    }
    this.#phase = 'idle';
    const taken = this.#attempt.handOver((waitedMs) => this.#download.outcome(waitedMs));
    const rest = { bytes, start: this.#download.next, end };
    if (taken !== undefined) this.#client.switchProtocols({ ...taken, ...rest });
  }

  /** Ends a complete response. @param isClean true if the upstream sent nothing after it. */
  #complete(isClean: boolean): void {
    const { isPersistent, keptOpenMs } = this.#download;
    const isUploaded = this.#upload.isSent;
    this.#phase = 'idle';
    this.#attempt.complete(this.#download.outcome(this.#attempt.answeredAfterMs), {
      isReusable: isClean && isPersistent && isUploaded,
      keptOpenMs,
      isSent: !this.#response.usesBuffers,
    });
    this.#client.exchangeEnded(isUploaded && !this.#close);
  }

  /** Handles a failed attempt: retries elsewhere, or sends a refusal. */
  #fail(fault: AttemptFault): void {
    const isAnswerBegun = this.#phase === 'relaying' && this.#download.isHeadSent;
    const isRetried = !isAnswerBegun && this.#mayRetry(fault);
    const route = this.#giveUp(outcomeOf(fault, this.#attempt.elapsedMs));
    const next = isRetried ? route?.retry() : undefined;
    const keep = this.#upload.isDone && !this.#close;
    if (isAnswerBegun) this.#client.cutOff(causeOfFault[fault]);
    else if (next !== undefined) this.#try(next, fault === 'stale' ? 'afresh' : 'retry');
    else if (this.#attempt.isInstead) this.#client.reply(notFound, keep);
    else this.#client.refuse(causeOfFault[fault], { keep });
  }

  get #attempted() {
    const { bodyBytes } = this.#upload;
    return { method: this.#method, bodyBytes, hasAnswer: this.#download.hasInterim };
  }

  #mayRetry(fault: AttemptFault): boolean {
    return mayRetry(fault, { ...this.#attempted, isRetry: this.#attempt.isRetry });
  }

  /** Gives up a request whose body broke a rule. */
  #abandon(cause: RefusalCause): void {
    const isAnswerBegun = this.#phase === 'relaying';
    this.cancel('client-gone');
    if (isAnswerBegun) this.#client.cutOff(cause);
    else this.#client.refuse(cause);
  }

  #giveUp(outcome: Outcome): Route | undefined {
    this.#phase = 'idle';
    return this.#attempt.giveUp(outcome);
  }
}
