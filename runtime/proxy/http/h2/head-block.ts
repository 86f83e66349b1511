import { ConnectionError, Http2Code } from './frames.ts';
import { FieldDecoder, type FieldLimits } from './hpack/field-decoder.ts';

/** CONTINUATION frames of one head. A head within its limits needs fewer (CVE-2024-27316). */
const mostContinuations = 8;

/** Reads the heads on a connection, each from its HEADERS frame and the CONTINUATIONs after it. */
export class HeadBlock {
  streamId = 0;
  isEndStream = false;
  readonly #decoder: FieldDecoder;
  #isOpen = false;
  #continuations = 0;
  /** Start of a field whose end comes with the next frame. */
  #rest: Buffer | undefined;

  constructor(limits: FieldLimits) {
    this.#decoder = new FieldDecoder(limits);
  }

  /** True if more frames of the head are to come. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Fields that were read: name, value, name, value. Valid until the next head. */
  get fields(): readonly string[] {
    return this.#decoder.fields;
  }

  /** True if the head exceeds a limit, so that {@link fields} lacks some. */
  get isTooLarge(): boolean {
    return this.#decoder.isTooLarge;
  }

  /** Begins a head. */
  begin(streamId: number, isEndStream: boolean): void {
    this.streamId = streamId;
    this.isEndStream = isEndStream;
    this.#isOpen = true;
    this.#continuations = 0;
    this.#decoder.begin();
  }

  /** Notes that a CONTINUATION comes. @throws ConnectionError after too many. */
  goOn(): void {
    this.#continuations += 1;
    if (this.#continuations > mostContinuations) {
      throw new ConnectionError(Http2Code.enhanceYourCalm);
    }
  }

  /** Takes a part of the head. @throws ConnectionError if it cannot be decoded. */
  take(bytes: Buffer, range: { readonly start: number; readonly end: number }, isLast: boolean) {
    let { start, end } = range;
    let whole = bytes;
    if (this.#rest !== undefined) {
      whole = Buffer.concat([this.#rest, bytes.subarray(start, end)]);
      [start, end] = [0, whole.length];
      this.#rest = undefined;
    }
    const decoded = this.#decoder.decode(whole, start, end);
    const isBroken = decoded < 0 || (isLast && decoded < end);
    if (isBroken) throw new ConnectionError(Http2Code.compressionError);
    if (decoded < end) this.#rest = Buffer.from(whole.subarray(decoded, end));
    this.#isOpen = !isLast;
  }
}
