import { bit, FieldKind, hopByHopKinds } from '../message/field-kind.ts';
import { chunked, noBody, untilClose, type Framing } from '../message/framing.ts';
import { KnownHosts } from '../message/known-hosts.ts';
import type { RequestParser } from '../message/request-head.ts';

/** Never copied; some are written anew. */
const neverCopied =
  hopByHopKinds |
  bit(FieldKind.contentLength) |
  bit(FieldKind.expect) |
  bit(FieldKind.private) |
  bit(FieldKind.neverForwarded);

const emptyLine = '\r\n';

/** Request as it is forwarded: the head that was read, and the changes that the passes make. */
export class OutgoingRequest {
  readonly head: RequestParser;
  readonly knownHosts = new KnownHosts();
  #framing: Framing = noBody;
  #close = false;
  #upgrade: string | undefined;
  #expectsContinue = false;
  /** Set of the kinds of fields that are not copied. */
  #dropped = 0;
  #added = '';
  #end = emptyLine;
  #isHostReplaced = false;

  constructor(head: RequestParser) {
    this.head = head;
  }

  /** Framing of the body that is forwarded. */
  get framing(): Framing {
    return this.#framing;
  }

  /** Framing of the body as it comes: the frames of HTTP/2 are not part of it. */
  get sourceFraming(): Framing {
    return this.#framing === chunked && this.head.isOfHttp2 ? untilClose : this.#framing;
  }

  /** True if the client wants its connection closed after the response. */
  get close(): boolean {
    return this.#close;
  }

  /** Protocols that the client asks to switch to, undefined if it does not ask. */
  get upgrade(): string | undefined {
    return this.#upgrade;
  }

  get expectsContinue(): boolean {
    return this.#expectsContinue;
  }

  /** Starts over with the head that was just read. */
  reset(): void {
    this.#framing = noBody;
    this.#close = false;
    this.#upgrade = undefined;
    this.#expectsContinue = false;
    this.#dropped = neverCopied;
    this.#added = '';
    this.#end = emptyLine;
    this.#isHostReplaced = false;
  }

  /** Adds field lines, each with its CRLF. */
  add(lines: string): void {
    this.#added += lines;
  }

  /** Ends the head with these lines, of which the last one is empty. */
  endWith(lines: string): void {
    this.#end = lines;
  }

  /** Leaves out the fields of these kinds. */
  drop(kinds: number): void {
    this.#dropped |= kinds;
  }

  /** Sends another Host than the client's, also to those that believe X-Forwarded-Host. */
  replaceHost(host: string): void {
    this.drop(bit(FieldKind.host) | bit(FieldKind.forwardedHost));
    const others = this.#added.replaceAll(/^(X-Forwarded-)?Host: .*\r\n/gm, '');
    this.#added = `${others}Host: ${host}\r\nX-Forwarded-Host: ${host}\r\n`;
    this.#isHostReplaced = true;
  }

  setFraming(framing: Framing): void {
    this.#framing = framing;
  }

  closeAfterwards(): void {
    this.#close = true;
  }

  askForUpgrade(protocols: string): void {
    this.#upgrade = protocols;
    this.add(`Connection: upgrade\r\nUpgrade: ${protocols}\r\n`);
  }

  expectContinue(): void {
    this.#expectsContinue = true;
    this.add('Expect: 100-continue\r\n');
  }

  /** Text of the head that is forwarded. @param host sent as Host if the request has none. */
  text(host: string): string {
    const { head } = this;
    const copied = head.isStartLineKept
      ? head.textWithout(this.#dropped, head.start)
      : head.startLine() + head.textWithout(this.#dropped, head.fieldsStart);
    const hasHost =
      this.#isHostReplaced || head.authority !== undefined || head.has(FieldKind.host);
    return `${copied}${hasHost ? '' : `Host: ${host}\r\n`}${this.#added}${this.#end}`;
  }
}
