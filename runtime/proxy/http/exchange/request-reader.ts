import type { Engine } from './engine.ts';
import { HeadReader } from '../message/head-reader.ts';
import type { ForwardingPeer } from '../forwarding/peer.ts';
import type { RefusalCause } from '../message/refusal.ts';
import type { SocketIo } from '../socket/socket-io.ts';

/** What the next byte of a client is for; `nothing` yet, or nothing any more. */
export type Expecting = 'head' | 'body' | 'nothing' | 'no-more';

/** Who uses what a client sends. */
export interface RequestReaderUser {
  readonly io: SocketIo;
  readonly expecting: Expecting;
  /** The first part of a head has come, not all of it. */
  headBegun(): void;
  /** A head stands in the engine's outgoing request, until the next one is read. */
  headRead(): void;
  headRefused(cause: RefusalCause): void;
  /** Takes what belongs to a request's body; answers the position after it. */
  takeBody(bytes: Buffer, start: number, end: number): number;
  /** All that is wanted of what came was used. */
  inputUsed(): void;
}

/** What may be kept of requests that were sent ahead before the client is stopped. */
const mostHeldBytes = 16_384;

/** Takes the bytes of a client apart into heads and bodies, and keeps what comes too early. */
export class RequestReader {
  readonly #engine: Engine;
  readonly #peer: ForwardingPeer;
  readonly #user: RequestReaderUser;
  readonly #head = new HeadReader();
  /** What came and could not be used yet. */
  #held: Buffer | undefined;
  #isReading = false;

  constructor(engine: Engine, peer: ForwardingPeer, user: RequestReaderUser) {
    this.#engine = engine;
    this.#peer = peer;
    this.#user = user;
  }

  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** Whether bytes are being used right now: what is wanted next is looked at after each use. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /** Whether a head has begun to come and is not complete. */
  get isInHead(): boolean {
    return this.#head.isPartial;
  }

  received(bytes: Buffer, length: number): void {
    if (this.#held === undefined) {
      this.#read(bytes, 0, length);
      return;
    }
    this.#held = Buffer.concat([this.#held, bytes.subarray(0, length)]);
    this.readOn();
  }

  /** Uses what is held, as something else may be wanted now. */
  readOn(): void {
    const held = this.#held;
    if (held === undefined || this.#isReading) return;
    this.#held = undefined;
    this.#read(held, 0, held.length);
    if (this.#held === undefined && this.#user.expecting !== 'no-more') this.#user.io.resume();
  }

  /** Forgets a head that is not complete. */
  dropHead(): void {
    this.#head.clear();
  }

  /** Gives up what is held. */
  takeHeld(): Buffer | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held;
  }

  /** Uses the bytes [start, end) as far as possible and keeps the rest. */
  #read(bytes: Buffer, start: number, end: number): void {
    const user = this.#user;
    let position = start;
    let expecting: Expecting = user.expecting;
    this.#isReading = true;
    while (position < end && (expecting === 'head' || expecting === 'body')) {
      if (expecting === 'head') position = this.#readHead(bytes, position, end);
      else position = user.takeBody(bytes, position, end);
      expecting = user.expecting;
    }
    this.#isReading = false;
    if (expecting === 'no-more') return;
    user.inputUsed();
    if (position < end) this.#hold(bytes.subarray(position, end));
  }

  /** What is held is a copy: the bytes are used again by those who read them. */
  #hold(rest: Buffer): void {
    this.#held = Buffer.from(rest);
    if (rest.length > mostHeldBytes) this.#user.io.pause();
  }

  /** Takes one request head, or a part of one; answers the position after it. */
  #readHead(bytes: Buffer, start: number, end: number): number {
    const { outgoingRequest, requestHeadLimits, limits } = this.#engine;
    const { head } = outgoingRequest;
    const headReader = this.#head;
    const user = this.#user;
    const isFirstPart = !headReader.isPartial;
    head.peer = this.#peer;
    const result = headReader.read(head, bytes, start, end, requestHeadLimits);
    // What comes next overwrites what the reader knows.
    const { next } = headReader;
    if (result === 'incomplete') {
      if (isFirstPart) user.headBegun();
    } else if (result === 'too-large') {
      user.headRefused(headReader.isInStartLine ? 'target-too-long' : 'head-too-large');
    } else if (result === 'refused') user.headRefused(head.refusal);
    else if (head.targetLength > limits.targetBytes) user.headRefused('target-too-long');
    else user.headRead();
    return next;
  }
}
