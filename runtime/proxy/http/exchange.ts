import { BodyDecoder } from './body-decoder.ts';
import { BodyPace } from './body-pace.ts';
import { sendBody } from './body-sender.ts';
import type { Engine } from './engine.ts';
import { FieldKind } from './field-kind.ts';
import { chunked, noBody } from './framing.ts';
import type { Outcome, Route, UpstreamFault } from './handler.ts';
import { HeadReader } from './head-reader.ts';
import type { RequestDraft } from './request-draft.ts';
import type { RefusalCause } from './refusal.ts';
import { mayRetry } from './retry-rules.ts';
import { Upload } from './upload.ts';
import type { UpstreamConnection } from './upstream-connection.ts';
import type { Wire, WireUser } from './wire.ts';

/** The client's side of an exchange. */
export interface ExchangeClient {
  readonly wire: Wire;
  /** When the exchange takes too long, by the engine's clock. */
  deadline: number;
  /** Hands the exchange what has come of the request's body and was not taken yet. */
  offerInput(): void;
  /** The exchange is over. `keep`: the connection can carry another one. */
  exchangeOver(keep: boolean): void;
  /** The exchange ended before any of the response was sent. */
  refuse(cause: RefusalCause, options: { keep: boolean; retryAfterSeconds?: number }): void;
  /** The exchange ended in the middle of the response. */
  cutOff(cause: RefusalCause): void;
  /** The origin has agreed to another protocol. */
  switchProtocols(upstream: UpstreamConnection, route: Route): void;
}

/**
 * - `idle`: no request is under way.
 * - `connecting`: an origin is being connected to; nothing was written.
 * - `awaiting`: the request is being sent or was; no final response head has come.
 * - `relaying`: the final response head was sent on, its body follows.
 */
type Phase = 'idle' | 'connecting' | 'awaiting' | 'relaying';

/** What all answers begin with, our own ones too (RFC 9112 section 4). */
const answerStart = 'HTTP/1.1 ';

/** Interim responses that one request may get. */
const mostInterims = 32;

const faultCauses: Record<UpstreamFault, RefusalCause> = {
  connect: 'origin-unreachable',
  reset: 'origin-reset',
  stale: 'origin-reset',
  timeout: 'origin-silent',
  malformed: 'origin-malformed',
};

/**
 * The life of one request: from its head, through at most two attempts, to the end of its answer.
 * It is used again for the next request of the same connection.
 */
export class Exchange implements WireUser {
  readonly #engine: Engine;
  readonly #client: ExchangeClient;
  readonly #upload = new Upload();
  readonly #pace: BodyPace;
  readonly #responseHead = new HeadReader();
  readonly #responseBody = new BodyDecoder();

  #phase: Phase = 'idle';
  #route: Route | undefined;
  #upstream: UpstreamConnection | undefined;
  #startedAt = 0;
  #isRetry = false;

  #method = '';
  #toHead = false;
  #minorVersion: 0 | 1 = 1;
  #close = false;
  #upgrade: string | undefined;

  #status = 0;
  #interims = 0;
  #sentFraming = noBody;
  #isUpstreamPersistent = false;
  #upstreamIdleMs = Infinity;
  /** What of the response's head has not been sent yet: it goes with the first part of the body. */
  #unsentResponse = '';
  /** From the attempt's start to the final response's head. */
  #answeredAfterMs = 0;

  constructor(engine: Engine, client: ExchangeClient) {
    this.#engine = engine;
    this.#client = client;
    this.#pace = new BodyPace(engine.clock, engine.limits);
  }

  /** Whether the request's body has not come to its end. */
  get isUploading(): boolean {
    return this.#phase !== 'idle' && !this.#upload.isDone;
  }

  /** Whether {@link takeBody} may be called now. */
  get takesBody(): boolean {
    return this.#phase === 'awaiting' || this.#phase === 'relaying';
  }

  /** Forwards the request that stands in the draft. What comes of its body is to follow. */
  begin(draft: RequestDraft, close: boolean): void {
    const { head } = draft;
    this.#upload.start(draft);
    const routed = this.#engine.handler.route(head);
    if (!('origin' in routed)) {
      const { retryAfterSeconds } = routed;
      const keep = this.#upload.isDone && !close;
      this.#client.refuse('no-origin', { keep, retryAfterSeconds });
      return;
    }
    this.#upload.head = draft.text(routed.origin.key);
    this.#method = head.method;
    this.#toHead = head.method === 'HEAD';
    this.#minorVersion = head.minorVersion;
    this.#close = close;
    this.#upgrade = draft.upgrade;
    this.#interims = 0;
    this.#isRetry = false;
    this.#unsentResponse = '';
    this.#attempt(routed);
  }

  /**
   * Takes what belongs to the request's body out of [start, end).
   * @returns the position after it.
   */
  takeBody(bytes: Buffer, start: number, end: number): number {
    const wire = this.#upstream?.wire;
    if (wire === undefined) return end;
    const { bodyBytes } = this.#engine.limits;
    const consumed = this.#upload.send(wire, bytes, start, end, bodyBytes);
    if (typeof consumed === 'string') {
      this.#abandon(consumed);
      return end;
    }
    if (wire.isBacklogged) this.#client.wire.pause();
    this.#pace.took(consumed - start);
    this.#setDeadline();
    return consumed;
  }

  /** No part of the body came with the head: it is sent alone. */
  flushHead(): void {
    const wire = this.#upstream?.wire;
    if (wire !== undefined && this.#phase !== 'connecting') this.#upload.flushHead(wire);
  }

  /** The client has taken what was waiting for it. */
  clientDrained(): void {
    this.#upstream?.wire.resume();
    this.#setDeadline();
  }

  /** The client is gone; so is its request. */
  clientGone(): void {
    if (this.#phase === 'idle') return;
    this.#giveUp({ kind: 'client-gone', durationMs: this.#elapsedMs() });
  }

  /**
   * Sends a client that has ended its side a byte that changes nothing if it still waits: the next
   * one of what every answer begins with, or a leading zero of the next chunk's size (RFC 9112
   * section 7.1). Amid a body with a length there is none; its next part finds out.
   */
  probeClient(): void {
    const { wire } = this.#client;
    if (wire.hasUnsent) return;
    if (this.#phase !== 'relaying') wire.writeAhead(answerStart.charAt(wire.aheadLength));
    else if (this.#sentFraming === chunked) wire.writeText('0');
  }

  /** The deadline has passed. */
  expired(): void {
    if (this.#phase === 'connecting') this.#fail('connect');
    else if (this.#client.wire.isBacklogged) this.#client.cutOff('slow-reader');
    else if (this.#awaitsClient()) this.#abandon('slow-body');
    else this.#fail('timeout');
  }

  received(bytes: Buffer, length: number): void {
    let position = 0;
    while (position < length && this.#phase === 'awaiting') {
      position = this.#takeResponseHead(bytes, position, length);
    }
    if (this.#phase === 'relaying') this.#relay(bytes, position, length);
  }

  ended(): void {
    if (this.#phase === 'relaying' && this.#responseBody.endOfInput()) {
      sendBody(this.#client.wire, this.#sentFraming === chunked, '', noBytes, 0, 0, true);
      this.#complete(false);
    } else {
      this.closed();
    }
  }

  drained(): void {
    this.#client.wire.resume();
    this.#setDeadline();
  }

  closed(): void {
    if (this.#phase === 'connecting') this.#fail('connect');
    else this.#fail(this.#isStale() ? 'stale' : 'reset');
  }

  #attempt(route: Route): void {
    const { pool } = this.#engine;
    this.#route = route;
    this.#startedAt = performance.now();
    this.#upload.restart();
    const kept = this.#isRetry ? undefined : pool.take(route.origin, this);
    if (kept === undefined) {
      this.#phase = 'connecting';
      this.#upstream = pool.connect(route.origin, this, () => this.#connected());
    } else {
      this.#phase = 'awaiting';
      this.#upstream = kept;
      if (this.#upload.isDone) this.flushHead();
    }
    this.#setDeadline();
  }

  #connected(): void {
    this.#phase = 'awaiting';
    if (!this.#upload.isDone) this.#client.offerInput();
    this.flushHead();
    this.#setDeadline();
  }

  /** Takes one response head, or a part of one; answers the position after it. */
  #takeResponseHead(bytes: Buffer, start: number, end: number): number {
    const { responseDraft, responseHeadLimits } = this.#engine;
    const { head } = responseDraft;
    const reader = this.#responseHead;
    const result = reader.read(head, bytes, start, end, responseHeadLimits);
    if (result === 'incomplete') return end;
    if (result !== 'complete') return this.#malformed();
    const { next } = reader;
    if (responseDraft.prepare(this.#toHead) !== undefined) return this.#malformed();
    if (head.status === 101) return this.#switchProtocols(bytes, next, end);
    if (head.status < 200) this.#relayInterim();
    else this.#relayHead();
    return next;
  }

  /** A 1xx goes on to whoever can understand it (RFC 9110 section 15.2). */
  #relayInterim(): void {
    this.#interims += 1;
    if (this.#interims > mostInterims) {
      this.#fail('malformed');
      return;
    }
    this.#upload.awaitsContinue = false;
    this.#setDeadline();
    if (this.#minorVersion === 0) return;
    const { responseDraft, pseudonym } = this.#engine;
    this.#client.wire.writeText(responseDraft.interimText(pseudonym));
  }

  #relayHead(): void {
    const { responseDraft, pseudonym, isDraining } = this.#engine;
    const { head } = responseDraft;
    // What is left of an upload cannot be told from a next request once the answer is whole.
    if (isDraining || !this.#upload.isDone) this.#close = true;
    this.#phase = 'relaying';
    this.#status = head.status;
    this.#answeredAfterMs = this.#elapsedMs();
    this.#isUpstreamPersistent = responseDraft.isPersistent;
    this.#upstreamIdleMs = responseDraft.keepAliveMs;
    this.#unsentResponse = responseDraft.finalText(
      { minorVersion: this.#minorVersion, toHead: this.#toHead, close: this.#close },
      pseudonym,
      this.#addedFields(),
    );
    this.#sentFraming = responseDraft.sentFraming;
    this.#responseBody.start(responseDraft.framing);
  }

  /** Sends on what came of the response's body, the head before it when that still waits. */
  #relay(bytes: Buffer, start: number, end: number): void {
    const body = this.#responseBody;
    let consumed = start;
    let payloadStart = start;
    let payloadEnd = start;
    if (!body.isDone) {
      const decoded = body.decode(bytes, start, end);
      if (typeof decoded === 'string') {
        this.#fail('malformed');
        return;
      }
      consumed = decoded;
      ({ payloadStart, payloadEnd } = body);
    }
    const text = this.#unsentResponse;
    this.#unsentResponse = '';
    const { wire } = this.#client;
    const isChunked = this.#sentFraming === chunked;
    sendBody(wire, isChunked, text, bytes, payloadStart, payloadEnd, body.isDone);
    if (body.isDone) {
      this.#complete(consumed === end);
      return;
    }
    if (wire.isBacklogged) this.#upstream?.wire.pause();
    this.#setDeadline();
  }

  /**
   * The protocol changes only when the client asked for it and the origin names it (RFC 9110
   * section 7.8). What the origin has sent after its head belongs to the new protocol.
   */
  #switchProtocols(bytes: Buffer, start: number, end: number): number {
    const { responseDraft, pseudonym } = this.#engine;
    const route = this.#route;
    const upstream = this.#upstream;
    const isAgreed = responseDraft.upgrades && responseDraft.head.has(FieldKind.upgrade);
    if (this.#upgrade === undefined || !isAgreed || route === undefined || upstream === undefined) {
      return this.#malformed();
    }
    const { wire } = this.#client;
    const text = responseDraft.switchingText(pseudonym, this.#addedFields());
    wire.writeParts(text, bytes, start, end, '');
    const durationMs = this.#elapsedMs();
    this.#release();
    route.done({ kind: 'answered', status: 101, durationMs });
    this.#client.switchProtocols(upstream, route);
    return end;
  }

  /** The answer is whole. @param isClean whether the origin sent nothing beyond it. */
  #complete(isClean: boolean): void {
    const upstream = this.#upstream;
    const route = this.#route;
    const isUploaded = this.#upload.isSent;
    this.#release();
    if (upstream !== undefined) {
      const isReusable = isClean && this.#isUpstreamPersistent && isUploaded;
      upstream.wire.user = upstream;
      upstream.wire.endRead(!this.#client.wire.hasUnsent);
      upstream.wire.resume();
      if (isReusable && !upstream.wire.isBacklogged) {
        this.#engine.pool.put(upstream, this.#upstreamIdleMs);
      } else upstream.wire.destroy();
    }
    const durationMs = this.#answeredAfterMs;
    route?.done({ kind: 'answered', status: this.#status, durationMs });
    route?.closed();
    this.#client.exchangeOver(isUploaded && !this.#close);
  }

  /** The origin did not answer as it should: once more elsewhere, or the client is told. */
  #fail(fault: UpstreamFault): void {
    const route = this.#route;
    const isAnswerBegun = this.#phase === 'relaying' && this.#unsentResponse === '';
    const isRetried =
      !isAnswerBegun &&
      mayRetry(fault, {
        method: this.#method,
        bodyBytes: this.#upload.bodyBytes,
        hasAnswer: this.#interims > 0,
        isRetry: this.#isRetry,
      });
    this.#giveUp({ kind: 'upstream-fault', fault, durationMs: this.#elapsedMs() });
    if (isAnswerBegun) {
      this.#client.cutOff(faultCauses[fault]);
      return;
    }
    const next = isRetried ? route?.retry() : undefined;
    if (next === undefined) {
      const keep = this.#upload.isDone && !this.#close;
      this.#client.refuse(faultCauses[fault], { keep });
      return;
    }
    this.#isRetry = true;
    this.#unsentResponse = '';
    this.#attempt(next);
  }

  /** The client broke a rule in its request's body. */
  #abandon(cause: RefusalCause): void {
    const isAnswerBegun = this.#phase === 'relaying';
    this.#giveUp({ kind: 'client-gone', durationMs: this.#elapsedMs() });
    if (isAnswerBegun) this.#client.cutOff(cause);
    else this.#client.refuse(cause, { keep: false });
  }

  /** Ends the attempt; the connection to the origin is of no more use. */
  #giveUp(outcome: Outcome): void {
    const upstream = this.#upstream;
    const route = this.#route;
    this.#release();
    if (upstream !== undefined) {
      upstream.wire.user = upstream;
      upstream.wire.destroy();
    }
    route?.done(outcome);
    route?.closed();
  }

  #release(): void {
    this.#phase = 'idle';
    this.#upstream = undefined;
    this.#route = undefined;
    this.#responseHead.clear();
  }

  #malformed(): number {
    this.#fail('malformed');
    return Number.MAX_SAFE_INTEGER;
  }

  /** Whether a kept connection broke before anything of the answer came. */
  #isStale(): boolean {
    const isUnanswered =
      this.#phase === 'awaiting' && !this.#responseHead.isPartial && this.#interims === 0;
    return isUnanswered && this.#upstream?.isReused === true;
  }

  /** Whether it is the client's turn to go on. */
  #awaitsClient(): boolean {
    if (this.#upload.isDone || this.#upload.awaitsContinue) return false;
    return this.#upstream?.wire.isBacklogged !== true;
  }

  #setDeadline(): void {
    const { clock, limits } = this.#engine;
    let durationMs = limits.originTimeoutMs;
    if (this.#phase === 'connecting') durationMs = limits.connectTimeoutMs;
    else if (this.#client.wire.isBacklogged) durationMs = limits.clientStallTimeoutMs;
    else if (this.#awaitsClient()) {
      this.#client.deadline = this.#pace.deadline;
      return;
    }
    this.#pace.stop();
    this.#client.deadline = clock.after(durationMs);
  }

  #elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  #addedFields(): string {
    const fields = this.#route?.responseFields ?? [];
    let text = '';
    for (let index = 0; index + 1 < fields.length; index += 2) {
      text += `${fields[index]}: ${fields[index + 1]}\r\n`;
    }
    return text;
  }
}

const noBytes = Buffer.alloc(0);
