import type { Limits } from '../contract/limits.ts';
import type { Peer, RequestParser } from '../message/request-head.ts';
import type { RefusalCause } from '../message/refusal.ts';
import { malformedText } from './hpack/field-decoder.ts';

const colon = 0x3a;
const slash = 0x2f;

/** Fields of a connection of HTTP/1.1, which no message of HTTP/2 may have (RFC 9113 section 8.2.2). */
const connectionFields = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Reads the fields of a request that came by HTTP/2 as the head of one of HTTP/1.1 (RFC 9113 section
 * 8.3.1). So both protocols share the parser, its rules, and what is made of the head later on.
 */
export class RequestFields {
  /** True if the method of the request that was read last is HEAD. */
  isToHead = false;
  /** True if its head came as far as the parser. */
  isParsed = false;
  readonly #head: RequestParser;
  readonly #limits: Limits;
  readonly #bytes: Buffer;

  constructor(head: RequestParser, limits: Limits) {
    this.#head = head;
    this.#limits = limits;
    this.#bytes = Buffer.allocUnsafeSlow(limits.headBytes);
  }

  /**
   * Reads fields into the parser.
   * @param fields name, value, name, value, as the decoder gives them.
   * @param hasBody true if a body follows.
   * @returns the cause if the request is refused; `malformed` if it is no request (RFC 9113 section 8.1.1).
   */
  read(
    fields: readonly string[],
    hasBody: boolean,
    peer: Peer,
  ): RefusalCause | 'malformed' | undefined {
    let method: string | undefined;
    let scheme: string | undefined;
    let path: string | undefined;
    let authority: string | undefined;
    let host: string | undefined;
    let cookies = '';
    let lines = '';
    let lineCount = 1;
    let length: string | undefined;
    this.isToHead = false;
    this.isParsed = false;
    for (let index = 0; index + 1 < fields.length; index += 2) {
      const name = fields[index] ?? '';
      const value = fields[index + 1] ?? '';
      if (name === malformedText || value === malformedText) return 'malformed';
      if (name.charCodeAt(0) === colon) {
        // They come first, each once.
        if (lines !== '' || cookies !== '' || host !== undefined) return 'malformed';
        if (name === ':method' && method === undefined) method = value;
        else if (name === ':path' && path === undefined) path = value;
        else if (name === ':scheme' && scheme === undefined) scheme = value;
        else if (name === ':authority' && authority === undefined) authority = value;
        else return 'malformed';
      } else if (name === 'cookie') {
        // RFC 9113 section 8.2.3.
        cookies = cookies === '' ? value : `${cookies}; ${value}`;
      } else if (name === 'host') {
        if (host !== undefined) return 'malformed';
        host = value;
      } else {
        if (connectionFields.has(name) || (name === 'te' && value !== 'trailers')) {
          return 'malformed';
        }
        if (name === 'content-length') {
          if (length !== undefined && length !== value) return 'malformed';
          length = value;
        }
        lines += `${name}: ${value}\r\n`;
        lineCount += 1;
      }
    }
    if (method === undefined || method === '') return 'malformed';
    // Without a path, and meant for no member (RFC 9113 section 8.5).
    if (method === 'CONNECT') {
      return path === undefined && scheme === undefined ? 'method' : 'malformed';
    }
    if (scheme === undefined || path === undefined || path === '') return 'malformed';
    if (length !== undefined && !isLength(length, hasBody)) return 'malformed';
    if (authority?.includes('@') === true) return 'malformed';
    this.isToHead = method === 'HEAD';
    if (scheme !== 'https' && scheme !== 'http') return 'target';
    // In an absolute form that the parser would take, a path names another host.
    if (path.charCodeAt(0) !== slash && path !== '*') return 'target';
    if (path.length > this.#limits.targetBytes) return 'target-too-long';
    if (authority === undefined) authority = host;
    else if (host !== undefined && !isSameHost(host, authority)) return 'host-repeated';
    if (authority === undefined) return 'host-missing';
    if (cookies !== '') {
      lines += `cookie: ${cookies}\r\n`;
      lineCount += 1;
    }
    if (hasBody && length === undefined) {
      lines += 'transfer-encoding: chunked\r\n';
      lineCount += 1;
    }
    const text = `${method} ${path} HTTP/1.1\r\nHost: ${authority}\r\n${lines}\r\n`;
    return this.#parse(text, lineCount, peer);
  }

  #parse(text: string, lineCount: number, peer: Peer): RefusalCause | undefined {
    const head = this.#head;
    if (text.length > this.#limits.headBytes) return 'head-too-large';
    this.#bytes.latin1Write(text, 0, text.length);
    head.setPeer(peer, true);
    const result = head.read(this.#bytes, 0, text.length);
    this.isParsed = result === 'complete';
    if (result === 'refused') return head.refusal;
    // A value with the end of a line in it would be read as a line, or as the end of the head.
    const isWhole = head.fieldCount === lineCount && head.end === text.length;
    return result === 'complete' && isWhole ? undefined : 'control-byte';
  }
}

/** Reports whether a Content-Length can be that of the request. */
function isLength(length: string, hasBody: boolean): boolean {
  return /^\d+$/.test(length) && (hasBody || Number(length) === 0);
}

function isSameHost(host: string, authority: string): boolean {
  return host === authority || host.toLowerCase() === authority.toLowerCase();
}
