import { readConnectionField } from '../message/connection-field.ts';
import { bit, FieldKind, hopByHopKinds } from '../message/field-kind.ts';
import {
  chunked,
  contentLength,
  isBodiless,
  responseFraming,
  untilClose,
  type Framing,
} from '../message/framing.ts';
import type { ResponseParser } from '../message/response-head.ts';
import { fieldLines } from './field-lines.ts';
import { FieldStrings } from './field-strings.ts';
import { httpDate } from '../message/http-date.ts';
import { keepAliveHintMs } from '../message/keep-alive-hint.ts';
import type { RefusalCause } from '../message/refusal.ts';
import type { Via } from './via.ts';

/** Field by which an application calls its answer a failure, whatever the status. */
export const outcomeField = 'perch-outcome';

const http2Settings = 'http2-settings';

/** Never copied; some are written anew. */
const neverCopied = hopByHopKinds | bit(FieldKind.contentLength) | bit(FieldKind.private);

/** Response as it is sent on: the head that was read, and the changes that are made to it. */
export class OutgoingResponse {
  readonly head: ResponseParser;
  readonly #via: Via;
  readonly #strings = new FieldStrings();
  /** Framing of the body by the upstream, and towards the client. */
  framing: Framing = untilClose;
  sentFraming: Framing = untilClose;
  /** True if the upstream's connection can carry another request after this response. */
  isPersistent = false;
  /** Milliseconds for which the upstream keeps the connection open. */
  keepAliveMs = Infinity;
  /** True if the upstream names `upgrade` in Connection, as 101 must. */
  upgrades = false;
  /** True if the application calls the response a failure. */
  calledFailure = false;

  constructor(head: ResponseParser, via: Via) {
    this.head = head;
    this.#via = via;
  }

  /** Interprets the head that was just read. @returns the cause if it breaks a rule. */
  prepare(toHead: boolean): RefusalCause | undefined {
    const { head } = this;
    const framing = responseFraming(head, head.minorVersion, head.status, toHead);
    if (typeof framing === 'string') return framing;
    this.framing = framing;
    this.upgrades = false;
    this.calledFailure = head.has(FieldKind.private) && this.#hasFailure();
    this.isPersistent = head.minorVersion === 1 && framing !== untilClose;
    this.keepAliveMs = head.has(FieldKind.keepAlive)
      ? keepAliveHintMs(head.combined(FieldKind.keepAlive) ?? '')
      : Infinity;
    if (!head.has(FieldKind.connection)) return undefined;
    const options = readConnectionField(head);
    if (options === 'nomination') return options;
    if (options.close) this.isPersistent = false;
    this.upgrades = options.upgrade;
    return undefined;
  }

  /** Returns the head of a 1xx response other than 101 (RFC 9110 section 15.2). */
  interimText(): string {
    return this.#copied() + this.#via.end(this.head.minorVersion);
  }

  /** Returns the head of a 101 response (RFC 9110 section 15.2.2). */
  switchingText(added: readonly string[]): string {
    const protocol = this.head.combined(FieldKind.upgrade) ?? '';
    const fields = fieldLines(['Via', this.#via.value(this.head.minorVersion), ...added]);
    return `${this.#copied()}${fields}Connection: upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
  }

  /**
   * Returns the head of a final response and sets {@link sentFraming}: a body of unknown length is
   * sent in chunks, to an HTTP/1.0 client until the connection closes.
   * @param minorVersion of the request.
   * @param close true if the client's connection is closed after the response.
   * @param added fields that are sent too: name, value, name, value.
   */
  finalText(minorVersion: 0 | 1, close: boolean, added: readonly string[]): string {
    const { head } = this;
    const { status } = head;
    const length = this.framing >= 0 ? this.#declaredLength(status) : -1;
    const isLengthKept = length >= 0 && this.#hasLength(String(length));
    let text = this.#copied(isLengthKept ? bit(FieldKind.contentLength) : 0);
    if (this.framing >= 0) {
      this.sentFraming = this.framing;
      if (length >= 0 && !isLengthKept) text += `Content-Length: ${length}\r\n`;
    } else if (minorVersion === 1) {
      this.sentFraming = chunked;
      text += 'Transfer-Encoding: chunked\r\n';
    } else {
      this.sentFraming = untilClose;
    }
    // A 426 must name the protocols to upgrade to (RFC 9110 section 15.5.22).
    if (status === 426 && head.has(FieldKind.upgrade)) {
      const connection = close ? 'upgrade, close' : 'upgrade';
      text += `Connection: ${connection}\r\nUpgrade: ${head.combined(FieldKind.upgrade)}\r\n`;
    } else if (close) {
      text += 'Connection: close\r\n';
    }
    // A proxy adds the Date that a response lacks (RFC 9110 section 6.6.1).
    if (!head.has(FieldKind.date)) text += `Date: ${httpDate()}\r\n`;
    return text + fieldLines(added) + this.#via.end(head.minorVersion);
  }

  /** Returns the fields of a 1xx response other than 101 for HTTP/2: name, value, name, value. */
  interimFields(): string[] {
    return [...this.#copiedFields(), 'via', this.#via.value(this.head.minorVersion)];
  }

  /** Returns the same for a final response; HTTP/2 frames its body (RFC 9113 section 8.1). */
  finalFields(added: readonly string[]): string[] {
    const { head } = this;
    const fields = this.#copiedFields();
    const length = this.#declaredLength(head.status);
    if (length >= 0) fields.push('content-length', String(length));
    if (!head.has(FieldKind.date)) fields.push('date', httpDate());
    for (let index = 0; index + 1 < added.length; index += 2) {
      fields.push((added[index] ?? '').toLowerCase(), added[index + 1] ?? '');
    }
    fields.push('via', this.#via.value(head.minorVersion));
    return fields;
  }

  #copiedFields(): string[] {
    const { head } = this;
    const fields = [':status', String(head.status)];
    for (let index = 0; index < head.fieldCount; index += 1) {
      if (((neverCopied >>> (head.kinds[index] ?? 0)) & 1) !== 0) continue;
      const name = this.#strings.name(head, index);
      // Belongs to one connection as well.
      if (name !== http2Settings) fields.push(name, this.#strings.value(head, index));
    }
    return fields;
  }

  #hasFailure(): boolean {
    const { head } = this;
    for (let index = 0; index < head.fieldCount; index += 1) {
      if (head.kinds[index] !== FieldKind.private) continue;
      if (head.value(index).toLowerCase() === 'failure') return true;
    }
    return false;
  }

  /** @param alsoCopied kinds of fields that are copied although they are not as a rule. */
  #copied(alsoCopied = 0): string {
    const { head } = this;
    const dropped = neverCopied & ~alsoCopied;
    if (head.isStartLineKept) return head.textWithout(dropped, head.start);
    return head.startLine() + head.textWithout(dropped, head.fieldsStart);
  }

  /** Returns true if the head has just this Content-Length, in this notation. */
  #hasLength(length: string): boolean {
    const at = this.head.onlyIndexOf(FieldKind.contentLength);
    return at >= 0 && this.head.isValue(at, length);
  }

  /**
   * Returns the Content-Length that is sent, -1 for none. The response to HEAD and a 304 give that of
   * the body that is not sent, a 204 gives none (RFC 9110 section 8.6).
   */
  #declaredLength(status: number): number {
    if (status === 204 || !this.head.has(FieldKind.contentLength)) return -1;
    if (this.framing > 0 && !isBodiless(status)) return this.framing;
    const length = contentLength(this.head);
    return typeof length === 'number' ? length : -1;
  }
}
