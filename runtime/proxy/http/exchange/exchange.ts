import { Attempt } from './attempt.ts';
import { BodyPace } from './body-pace.ts';
import { Download } from './download.ts';
import type { Engine } from './engine.ts';
import type { ExchangeClient } from './exchange-client.ts';
import type { Outcome, Route, UpstreamFault } from '../contract/handler.ts';
import type { OutgoingRequest } from '../forwarding/outgoing-request.ts';
import { causeOfFault, type RefusalCause } from '../message/refusal.ts';
import { mayRetry } from './retry-rules.ts';
import { Upload } from './upload.ts';
import type { SocketHandler } from '../socket/socket-io.ts';

/**
 * - `idle`: no request is under way.
 * - `connecting`: an origin is being connected to; nothing was written.
 * - `awaiting`: the request is being sent or was; no final response head has come.
 * - `relaying`: the final response head was sent on, its body follows.
 */
type Phase = 'idle' | 'connecting' | 'awaiting' | 'relaying';

/** What all answers begin with, our own ones too (RFC 9112 section 4). */
const answerStart = 'HTTP/1.1 ';

/**
 * The life of one request: from its head, through at most two attempts, to the end of its answer.
 * It is used again for the next request of the same connection.
 */
export class Exchange implements SocketHandler {
  readonly #engine: Engine;
  readonly #client: ExchangeClient;
  readonly #upload = new Upload();
  readonly #pace: BodyPace;
  readonly #attempt: Attempt;
  readonly #download: Download;

  #phase: Phase = 'idle';
  #method = '';
  #minorVersion: 0 | 1 = 1;
  #close = false;
  #isUpgrade = false;
  /** From the attempt's start to the final response's head. */
  #answeredAfterMs = 0;

  constructor(engine: Engine, client: ExchangeClient) {
    this.#engine = engine;
    this.#client = client;
    this.#pace = new BodyPace(engine.clock, engine.limits);
    this.#attempt = new Attempt(engine, this, () => this.#connected());
    this.#download = new Download(engine);
  }

  /** Whether the request's body has not come to its end. */
  get isUploading(): boolean {
    return this.#phase !== 'idle' && !this.#upload.isDone;
  }

  /** Whether {@link takeBody} may be called now. */
  get takesBody(): boolean {
    return this.#phase === 'awaiting' || this.#phase === 'relaying';
  }

  /** Forwards the request that was just read. What comes of its body is to follow. */
  begin(request: OutgoingRequest, close: boolean): void {
    const { head } = request;
    this.#upload.start(request);
    const routed = this.#engine.handler.route(head);
    if (!('upstream' in routed)) {
      const { retryAfterSeconds } = routed;
      const keep = this.#upload.isDone && !close;
      this.#client.refuse('no-origin', { keep, retryAfterSeconds });
      return;
    }
    this.#upload.head = request.text(routed.upstream.key);
    this.#method = head.method;
    this.#minorVersion = head.minorVersion;
    this.#close = close;
    this.#isUpgrade = request.upgrade !== undefined;
    this.#attempt.isRetry = false;
    this.#try(routed);
  }

  /**
   * Takes what belongs to the request's body out of [start, end).
   * @returns the position after it.
   */
  takeBody(bytes: Buffer, start: number, end: number): number {
    const { io } = this.#attempt;
    if (io === undefined) return end;
    const { bodyBytes } = this.#engine.limits;
    const consumed = this.#upload.send(io, bytes, start, end, bodyBytes);
    if (typeof consumed === 'string') {
      this.#abandon(consumed);
      return end;
    }
    if (io.isBacklogged) this.#client.io.pause();
    if (this.#upload.isDone) this.#client.io.endRead(false);
    this.#pace.took(consumed - start);
    this.#setDeadline();
    return consumed;
  }

  /** No part of the body came with the head: it is sent alone. */
  flushHead(): void {
    const { io } = this.#attempt;
    if (io !== undefined && this.#phase !== 'connecting') this.#upload.flushHead(io);
  }

  /** The client has taken what was waiting for it. */
  clientDrained(): void {
    this.#attempt.io?.resume();
    this.#setDeadline();
  }

  /** The client is gone; so is its request. */
  clientGone(): void {
    if (this.#phase === 'idle') return;
    this.#giveUp({ kind: 'client-gone', durationMs: this.#attempt.elapsedMs });
  }

  /**
   * Sends a client that has ended its side a byte that changes nothing if it still waits: the next
   * one of what every answer begins with, or a leading zero of the next chunk's size (RFC 9112
   * section 7.1). Amid a body with a length there is none; its next part finds out.
   */
  probeClient(): void {
    const { io } = this.#client;
    if (io.hasUnsent) return;
    if (this.#phase !== 'relaying') io.writeAhead(answerStart.charAt(io.aheadLength));
    else if (this.#download.isChunked) io.writeText('0');
  }

  /** The deadline has passed. */
  expired(): void {
    if (this.#phase === 'connecting') this.#fail('connect');
    else if (this.#client.io.isBacklogged) this.#client.cutOff('slow-reader');
    else if (this.#awaitsClient()) this.#abandon('slow-body');
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
    if (this.#phase === 'relaying' && this.#download.sendEnd(this.#client.io)) {
      this.#complete(false);
    } else {
      this.closed();
    }
  }

  drained(): void {
    this.#client.io.resume();
    this.#setDeadline();
  }

  closed(): void {
    if (this.#phase === 'connecting') this.#fail('connect');
    else this.#fail(this.#isStale() ? 'stale' : 'reset');
  }

  #try(route: Route): void {
    this.#upload.restart();
    this.#download.reset();
    const isConnected = this.#attempt.start(route);
    this.#phase = isConnected ? 'awaiting' : 'connecting';
    if (isConnected && this.#upload.isDone) this.flushHead();
    this.#setDeadline();
  }

  #connected(): void {
    this.#phase = 'awaiting';
    if (!this.#upload.isDone) this.#client.offerInput();
    this.flushHead();
    this.#setDeadline();
  }

  /** Takes one response head, or a part of one; answers the position after it. */
  #takeHead(bytes: Buffer, start: number, end: number): number {
    const download = this.#download;
    switch (download.readHead(bytes, start, end, this.#method === 'HEAD')) {
      case 'nothing-yet':
        return end;
      case 'malformed':
        this.#fail('malformed');
        return end;
      case 'switching':
        this.#switchProtocols(bytes, end);
        return end;
      case 'interim':
        this.#relayInterim();
        return download.next;
      case 'final':
        this.#beginRelay();
        return download.next;
    }
  }

  /** A 1xx goes on to whoever can understand it (RFC 9110 section 15.2). */
  #relayInterim(): void {
    this.#upload.awaitsContinue = false;
    this.#setDeadline();
    if (this.#minorVersion === 1) this.#download.sendInterim(this.#client.io);
  }

  #beginRelay(): void {
    // What is left of an upload cannot be told from a next request once the answer is whole.
    if (this.#engine.isDraining || !this.#upload.isDone) this.#close = true;
    this.#phase = 'relaying';
    this.#answeredAfterMs = this.#attempt.elapsedMs;
    this.#download.begin(
      { minorVersion: this.#minorVersion, toHead: this.#method === 'HEAD', close: this.#close },
      this.#attempt.addedFields,
    );
  }

  /** Sends on what came of the response's body, the head before it when that still waits. */
  #relay(bytes: Buffer, start: number, end: number): void {
    const { io } = this.#client;
    const consumed = this.#download.send(io, bytes, start, end);
    if (consumed === 'malformed') {
      this.#fail('malformed');
      return;
    }
    if (this.#download.isDone) {
      this.#complete(consumed === end);
      return;
    }
    if (io.isBacklogged) this.#attempt.io?.pause();
    this.#setDeadline();
  }

  /** The protocol changes only when the client asked for it (RFC 9110 section 7.8). */
  #switchProtocols(bytes: Buffer, end: number): void {
    if (!this.#isUpgrade || !this.#download.isSwitchAgreed) {
      this.#fail('malformed');
      return;
    }
    const attempt = this.#attempt;
    this.#download.sendSwitch(this.#client.io, attempt.addedFields, bytes, end);
    this.#phase = 'idle';
    const durationMs = attempt.elapsedMs;
    const taken = attempt.handOver({ kind: 'answered', status: 101, durationMs });
    if (taken !== undefined) this.#client.switchProtocols(...taken);
  }

  /** The answer is whole. @param isClean whether the origin sent nothing beyond it. */
  #complete(isClean: boolean): void {
    const { status, isPersistent, keptOpenMs } = this.#download;
    const isUploaded = this.#upload.isSent;
    this.#phase = 'idle';
    this.#attempt.complete(
      { kind: 'answered', status, durationMs: this.#answeredAfterMs },
      {
        isReusable: isClean && isPersistent && isUploaded,
        keptOpenMs,
        isSent: !this.#client.io.hasUnsent,
      },
    );
    this.#client.exchangeOver(isUploaded && !this.#close);
  }

  /** The origin did not answer as it should: once more elsewhere, or the client is told. */
  #fail(fault: UpstreamFault): void {
    const isAnswerBegun = this.#phase === 'relaying' && this.#download.isHeadSent;
    const isRetried =
      !isAnswerBegun &&
      mayRetry(fault, {
        method: this.#method,
        bodyBytes: this.#upload.bodyBytes,
        hasAnswer: this.#download.hasInterim,
        isRetry: this.#attempt.isRetry,
      });
    const durationMs = this.#attempt.elapsedMs;
    const route = this.#giveUp({ kind: 'upstream-fault', fault, durationMs });
    if (isAnswerBegun) {
      this.#client.cutOff(causeOfFault[fault]);
      return;
    }
    const next = isRetried ? route?.retry() : undefined;
    if (next === undefined) {
      this.#client.refuse(causeOfFault[fault], { keep: this.#upload.isDone && !this.#close });
      return;
    }
    this.#attempt.isRetry = true;
    this.#try(next);
  }

  /** The client broke a rule in its request's body. */
  #abandon(cause: RefusalCause): void {
    const isAnswerBegun = this.#phase === 'relaying';
    this.#giveUp({ kind: 'client-gone', durationMs: this.#attempt.elapsedMs });
    if (isAnswerBegun) this.#client.cutOff(cause);
    else this.#client.refuse(cause);
  }

  #giveUp(outcome: Outcome): Route | undefined {
    this.#phase = 'idle';
    return this.#attempt.giveUp(outcome);
  }

  /** Whether a kept connection broke before anything of the answer came. */
  #isStale(): boolean {
    const isUnanswered = this.#phase === 'awaiting' && !this.#download.isBegun;
    return isUnanswered && this.#attempt.isOnKeptConnection;
  }

  /** Whether it is the client's turn to go on. */
  #awaitsClient(): boolean {
    if (this.#upload.isDone || this.#upload.awaitsContinue) return false;
    return this.#attempt.io?.isBacklogged !== true;
  }

  #setDeadline(): void {
    const { clock, limits } = this.#engine;
    let durationMs = limits.originTimeoutMs;
    if (this.#phase === 'connecting') durationMs = limits.connectTimeoutMs;
    else if (this.#client.io.isBacklogged) durationMs = limits.clientStallTimeoutMs;
    else if (this.#awaitsClient()) {
      this.#client.deadline = this.#pace.deadline;
      return;
    }
    this.#pace.stop();
    this.#client.deadline = clock.after(durationMs);
  }
}
