import type { Engine } from './engine.ts';
import { HeadReader } from '../message/head-reader.ts';
import type { ForwardingPeer } from '../forwarding/peer.ts';
import type { RefusalCause } from '../message/refusal.ts';

/** Bytes of requests that were sent ahead, from which on the client is stopped. */
const mostHeldBytes = 16_384;

/**
 * Result of {@link RequestReader.readHead}: `begun` if the first part of a head has come,
 * `incomplete` after a later part of it, or why the head is refused.
 */
export type HeadRead = 'begun' | 'incomplete' | 'complete' | RefusalCause;

/** Reads the request heads of one client and holds the bytes that arrive too early. */
export class RequestReader {
  /** Position after the bytes that the last {@link readHead} has used. */
  next = 0;
  readonly #engine: Engine;
  readonly #peer: ForwardingPeer;
  readonly #head: HeadReader;
  #held: Buffer | undefined;

  constructor(engine: Engine, peer: ForwardingPeer) {
    this.#engine = engine;
    this.#peer = peer;
    this.#head = new HeadReader(engine.outgoingRequest.head, engine.requestHeadLimits);
  }

  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** True if the client should be stopped until the bytes that are held were used. */
  get isFull(): boolean {
    return this.#held !== undefined && this.#held.length > mostHeldBytes;
  }

  /** True if a head has begun to arrive and is not complete. */
  get isInHead(): boolean {
    return this.#head.isPartial;
  }

  /** True if the head that is being read, or that was just refused, is that of a HEAD request. */
  get isOfHead(): boolean {
    return this.#head.beginsWith('HEAD ');
  }

  /** Reads one head, or a part of one, into the engine's outgoing request. */
  readHead(bytes: Buffer, start: number, end: number): HeadRead {
    const { outgoingRequest, limits } = this.#engine;
    const { head } = outgoingRequest;
    const reader = this.#head;
    const isFirstPart = !reader.isPartial;
    head.setPeer(this.#peer);
    const result = reader.read(bytes, start, end);
    this.next = reader.next;
    if (result === 'incomplete') return isFirstPart ? 'begun' : 'incomplete';
    if (result === 'too-large') return reader.isInStartLine ? 'target-too-long' : 'head-too-large';
    if (result === 'refused') return head.refusal;
    return head.targetLength > limits.targetBytes ? 'target-too-long' : 'complete';
  }

  /** Forgets a head that is not complete. */
  dropHead(): void {
    this.#head.clear();
  }

  /** Holds a copy of the bytes [start, end), after those that are held already. */
  hold(bytes: Buffer, start: number, end: number): void {
    const part = bytes.subarray(start, end);
    this.#held = this.#held === undefined ? Buffer.from(part) : Buffer.concat([this.#held, part]);
  }

  /** Gives up the bytes that are held. */
  takeHeld(): Buffer | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held;
  }
}
