import { byteClass, cr, lf, space, targetByte, tokenByte } from './bytes.ts';
import { ByteText, type CharCodes } from './char-codes.ts';
import { FieldKind } from './field-kind.ts';
import { isHost } from './host.ts';
import type { KnownHost } from './known-hosts.ts';
import { MessageHead } from './message-head.ts';
import type { RefusalCause } from './refusal.ts';

/**
 * Head of a request as its handler sees it. It reads from bytes that are reused, so it is valid only
 * during the call that gets it; its strings may be kept.
 */
export interface RequestHead {
  /** Method as it was sent; methods are case-sensitive. */
  readonly method: string;
  /** Target in origin-form (`/path?query`), whatever form it was sent in, or `*`. */
  readonly target: string;
  /** Target for those who only look at its characters: no string is made of it. */
  readonly targetCodes: CharCodes;
  readonly minorVersion: 0 | 1;
  /** Host as it was sent, with its port; undefined if an HTTP/1.0 request names none. */
  readonly host: string | undefined;
  /** Address of the peer, without an IPv4-mapped prefix. */
  readonly remoteAddress: string;
  /** True if the client uses https: with this server, or with a trusted proxy that says so. */
  readonly https: boolean;
  /**
   * Name that the client asked for in the handshake of TLS with this server. Undefined without one,
   * and for a trusted proxy, which may send requests for all hosts by one connection.
   */
  readonly serverName: string | undefined;
  /** Returns all values of a field, joined by `, ` (Cookie: `; `), undefined if there are none. */
  field(lowerCaseName: string): string | undefined;
}

/** Other end of the connection that a request came by. */
export interface Peer {
  readonly address: string;
  /** True if its claims about the client are trusted. */
  readonly trusted: boolean;
  /** True if it connects by https. */
  readonly https: boolean;
  /** Name that it asked for in the handshake of TLS. */
  readonly serverName: string | undefined;
  /** Host of its last request that had one. */
  readonly lastHost: KnownHost | undefined;
}

/** Longest method that is forwarded; the longest that is registered has 17 characters. */
export const mostMethodBytes = 64;

const nobody: Peer = {
  address: '',
  trusted: false,
  https: false,
  serverName: undefined,
  lastHost: undefined,
};
const httpSlash = Buffer.from('HTTP/', 'latin1');
const commonMethods = ['GET', 'PUT', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Parser of request heads (RFC 9112 sections 3 and 5). */
export class RequestParser extends MessageHead implements RequestHead {
  method = '';
  minorVersion: 0 | 1 = 1;
  /** True if the head came by HTTP/2 and was written anew as one of HTTP/1.1. */
  isOfHttp2 = false;
  /** Authority of an absolute-form target, which replaces Host. */
  authority: string | undefined;
  #peer: Peer = nobody;
  /** Target that is forwarded instead of the one that was sent. */
  #rewrittenTarget: string | undefined;
  #target: string | undefined;
  readonly #sentTarget = new ByteText();

  get remoteAddress(): string {
    return this.#peer.address;
  }

  get target(): string {
    this.#target ??= this.#rewrittenTarget ?? this.#sentTarget.text();
    return this.#target;
  }

  /** Defined once Host was checked. */
  get host(): string | undefined {
    return this.authority ?? (this.has(FieldKind.host) ? this.#peer.lastHost?.name : undefined);
  }

  get targetCodes(): CharCodes {
    return this.#rewrittenTarget ?? this.#sentTarget;
  }

  get targetLength(): number {
    return this.#sentTarget.length;
  }

  get https(): boolean {
    if (!this.#peer.trusted) return this.#peer.https;
    const proto = this.combined(FieldKind.forwardedProto);
    if (proto !== undefined) return lastOf(proto).toLowerCase() === 'https';
    const forwarded = this.combined(FieldKind.forwarded);
    if (forwarded === undefined) return this.#peer.https;
    return /;?\s*proto="?https"?\s*(;|$)/i.test(lastOf(forwarded));
  }

  get serverName(): string | undefined {
    return this.#peer.trusted ? undefined : this.#peer.serverName;
  }

  field(lowerCaseName: string): string | undefined {
    let list: string | undefined;
    for (let index = 0; index < this.fieldCount; index += 1) {
      if (!this.isNamed(index, lowerCaseName)) continue;
      const separator = lowerCaseName === 'cookie' ? '; ' : ', ';
      list = list === undefined ? this.value(index) : list + separator + this.value(index);
    }
    return list;
  }

  /** Names the peer that the head which is read next comes from, and its protocol. */
  setPeer(peer: Peer, isOfHttp2 = false): void {
    this.#peer = peer;
    this.isOfHttp2 = isOfHttp2;
  }

  /** Reads one head. Sets `end` to the position after it if complete, `refusal` if refused. */
  read(bytes: Buffer, start: number, limit: number): 'complete' | 'incomplete' | 'refused' {
    this.bytes = bytes;
    this.start = start;
    let position = start;
    // One empty line before a request is allowed (RFC 9112 section 2.2).
    if (bytes[position] === cr && position < limit) {
      if (position + 1 >= limit) return 'incomplete';
      if (bytes[position + 1] !== lf) return this.#refuse('bare-cr');
      position += 2;
    }
    this.start = position;

    while (position < limit && ((byteClass[bytes[position] ?? 0] ?? 0) & tokenByte) !== 0) {
      position += 1;
    }
    // RFC 9112 section 3.
    if (position - this.start > mostMethodBytes) return this.#refuse('method-too-long');
    if (position >= limit) return 'incomplete';
    if (bytes[position] !== space || position === this.start) return this.#refuse('request-line');
    const methodEnd = position;
    position += 1;

    const targetStart = position;
    while (position < limit && ((byteClass[bytes[position] ?? 0] ?? 0) & targetByte) !== 0) {
      position += 1;
    }
    if (position >= limit) return 'incomplete';
    this.#sentTarget.set(bytes, targetStart, position);
    if (bytes[position] !== space) return this.#refuse(whyNoTarget(bytes[position] ?? 0));
    if (position === targetStart) return this.#refuse('request-line');
    position += 1;

    const version = readVersion(bytes, position, limit);
    if (version === 'incomplete') return 'incomplete';
    if (typeof version === 'string') return this.#refuse(version);
    this.minorVersion = version;
    position += versionLength;
    if (position >= limit) return 'incomplete';
    if (bytes[position] !== cr) {
      return this.#refuse(bytes[position] === lf ? 'bare-lf' : 'request-line');
    }
    if (position + 1 >= limit) return 'incomplete';
    if (bytes[position + 1] !== lf) return this.#refuse('bare-cr');
    this.method = this.#methodAt(this.start, methodEnd);

    const fields = this.readFields(bytes, position + 2, limit);
    if (fields !== 'complete') return fields;
    const refusal = this.#readTarget();
    return refusal === undefined ? 'complete' : this.#refuse(refusal);
  }

  /** Returns the request line that is forwarded, with its CRLF. */
  startLine(): string {
    return `${this.method} ${this.target} HTTP/1.1\r\n`;
  }

  /** True if the request line can be forwarded as it was sent. */
  get isStartLineKept(): boolean {
    return this.#rewrittenTarget === undefined && this.bytes[this.fieldsStart - 3] === digit1;
  }

  /** Reads the form of the target (RFC 9112 section 3.2) and rewrites absolute-form. */
  #readTarget(): RefusalCause | undefined {
    this.authority = undefined;
    this.#rewrittenTarget = undefined;
    this.#target = undefined;
    if (this.method === 'CONNECT' || this.method === 'TRACE') return 'method';
    if (this.#sentTarget.charCodeAt(0) === slash) return undefined;
    const target = this.#sentTarget.text();
    if (target === '*') return this.method === 'OPTIONS' ? undefined : 'target';
    const absolute = /^https?:\/\/([^/?]*)([^]*)$/i.exec(target);
    if (absolute === null) return 'target';
    const [, authority = '', rest = ''] = absolute;
    if (!isHost(authority)) return 'host-invalid';
    this.authority = authority;
    if (rest.startsWith('/')) this.#rewrittenTarget = rest;
    else this.#rewrittenTarget = rest === '' && this.method === 'OPTIONS' ? '*' : `/${rest}`;
    return undefined;
  }

  #methodAt(start: number, end: number): string {
    for (const method of commonMethods) if (this.isText(start, end, method)) return method;
    return this.text(start, end);
  }

  #refuse(cause: RefusalCause): 'refused' {
    this.refusal = cause;
    return 'refused';
  }
}

const slash = 0x2f;
const digit0 = 0x30;
const digit1 = 0x31;
const digit9 = 0x39;
const dot = 0x2e;
const versionLength = 'HTTP/1.1'.length;

/** Reads the minor version at `at`. A later 1.x counts as HTTP/1.1 (RFC 9110 section 2.5). */
export function readVersion(
  bytes: Buffer,
  at: number,
  limit: number,
): 0 | 1 | 'incomplete' | 'request-line' | 'version' {
  for (let index = 0; index < httpSlash.length; index += 1) {
    if (at + index >= limit) return 'incomplete';
    if (bytes[at + index] !== httpSlash[index]) return 'request-line';
  }
  if (at + versionLength > limit) return 'incomplete';
  const major = bytes[at + 5] ?? 0;
  const minor = bytes[at + 7] ?? 0;
  if (!isDigit(major) || bytes[at + 6] !== dot || !isDigit(minor)) return 'request-line';
  if (major !== digit1) return 'version';
  return minor === digit0 ? 0 : 1;
}

function isDigit(byte: number): boolean {
  return byte >= digit0 && byte <= digit9;
}

function whyNoTarget(byte: number): RefusalCause {
  if (byte === lf) return 'bare-lf';
  return byte === cr ? 'request-line' : 'target';
}

function lastOf(list: string): string {
  return list.slice(list.lastIndexOf(',') + 1).trim();
}
