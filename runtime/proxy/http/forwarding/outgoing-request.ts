import { bit, FieldKind } from '../message/field-kind.ts';
import { noBody, type Framing } from '../message/framing.ts';
import type { RequestParser } from '../message/request-head.ts';

/** Never forwarded as they came; some are written anew. */
const neverCopied =
  bit(FieldKind.connection) |
  bit(FieldKind.keepAlive) |
  bit(FieldKind.proxyConnection) |
  bit(FieldKind.te) |
  bit(FieldKind.trailer) |
  bit(FieldKind.transferEncoding) |
  bit(FieldKind.contentLength) |
  bit(FieldKind.upgrade) |
  bit(FieldKind.expect) |
  bit(FieldKind.private) |
  bit(FieldKind.nominated);

/** A request on its way through the passes: what came, and what is going to be forwarded of it. */
export class OutgoingRequest {
  readonly head: RequestParser;
  /** The fields that are not copied, as a set of kinds. */
  dropped = 0;
  /** Field lines that are written anew, each with its CRLF. */
  added = '';
  framing: Framing = noBody;
  /** Whether the client wants the connection closed after the answer. */
  close = false;
  /** The protocols that the client asks to switch to, undefined when it does not. */
  upgrade: string | undefined;
  expectsContinue = false;

  constructor(head: RequestParser) {
    this.head = head;
  }

  /** Starts over with the head that was just read. */
  reset(): void {
    this.dropped = neverCopied;
    this.added = '';
    this.upgrade = undefined;
    this.expectsContinue = false;
  }

  /** The head that is forwarded. */
  text(host: string): string {
    const { head } = this;
    const copied = head.isStartLineKept
      ? head.textWithout(this.dropped, head.start)
      : head.startLine() + head.textWithout(this.dropped, head.fieldsStart);
    const isHostless = head.authority === undefined && !head.has(FieldKind.host);
    return `${copied}${isHostless ? `Host: ${host}\r\n` : ''}${this.added}\r\n`;
  }
}
