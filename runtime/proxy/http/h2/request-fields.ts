import type { Limits } from '../contract/limits.ts';
import type { Peer, RequestParser } from '../message/request-head.ts';
import type { RefusalCause } from '../message/refusal.ts';

const colon = 0x3a;
const slash = 0x2f;

/**
 * Reads the fields of a request that came by HTTP/2 as the head of one of HTTP/1.1 (RFC 9113 section
 * 8.3.1). So both protocols share the parser, its rules, and what is made of the head later on.
 */
export class RequestFields {
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
   * @param fields name, value, name, value, with names in lower case.
   * @param hasBody true if a body follows.
   * @returns the cause if the request is refused.
   */
  read(fields: readonly string[], hasBody: boolean, peer: Peer): RefusalCause | undefined {
    let method = '';
    let scheme = '';
    let path = '';
    let authority: string | undefined;
    let host: string | undefined;
    let cookies = '';
    let lines = '';
    let lineCount = 1;
    let hasLength = false;
    for (let index = 0; index + 1 < fields.length; index += 2) {
      const name = fields[index] ?? '';
      const value = fields[index + 1] ?? '';
      if (name.charCodeAt(0) === colon) {
        if (name === ':method') method = value;
        else if (name === ':path') path = value;
        else if (name === ':scheme') scheme = value;
        else if (name === ':authority') authority = value;
      } else if (name === 'cookie') {
        // RFC 9113 section 8.2.3.
        cookies = cookies === '' ? value : `${cookies}; ${value}`;
      } else if (name === 'host') {
        if (host !== undefined) return 'host-repeated';
        host = value;
      } else {
        if (name === 'content-length') hasLength = true;
        lines += `${name}: ${value}\r\n`;
        lineCount += 1;
      }
    }
    // Without a path, and meant for no member (RFC 9113 section 8.5).
    if (method === 'CONNECT') return 'method';
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
    if (hasBody && !hasLength) {
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
    if (result === 'refused') return head.refusal;
    // A value with the end of a line in it would be read as a line, or as the end of the head.
    const isWhole = head.fieldCount === lineCount && head.end === text.length;
    return result === 'complete' && isWhole ? undefined : 'control-byte';
  }
}

function isSameHost(host: string, authority: string): boolean {
  return host === authority || host.toLowerCase() === authority.toLowerCase();
}
