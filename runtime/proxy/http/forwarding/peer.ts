import { BlockList, isIPv6 } from 'node:net';
import { flat } from '../message/bytes.ts';
import { claimsOfHost, type KnownHost } from '../message/known-hosts.ts';
import type { Peer } from '../message/request-head.ts';

const mapped = '::ffff:';

/** Peer of one connection, with the field lines that describe it in its requests. */
export class ForwardingPeer implements Peer {
  readonly address: string;
  readonly trusted: boolean;
  readonly https: boolean;
  #serverName: string | undefined;
  #lastHost: KnownHost | undefined;
  #ownClaims = '';

  /** @param https true if it connects by https. */
  constructor(address: string, trusted: boolean, https = false) {
    this.address = address;
    this.trusted = trusted;
    this.https = https;
  }

  /** Name that it asked for in the handshake of TLS. */
  get serverName(): string | undefined {
    return this.#serverName;
  }

  rememberServerName(name: string): void {
    this.#serverName = name;
  }

  /** Host of its last request, which need not be checked again. */
  get lastHost(): KnownHost | undefined {
    return this.#lastHost;
  }

  rememberHost(host: KnownHost): void {
    this.#lastHost = host;
  }

  /** Address in the notation of RFC 7239 section 6. */
  get node(): string {
    return this.address.includes(':') ? `"[${this.address}]"` : this.address;
  }

  /** Returns the field lines that name a request's sender, protocol and host. */
  claims(host: string | undefined): string {
    if (this.#ownClaims === '') this.#ownClaims = ownClaimsOf(this);
    if (host === undefined) return `${this.#ownClaims}\r\n`;
    const last = this.#lastHost;
    return this.#ownClaims + (last?.name === host ? last.claims : claimsOfHost(host));
  }
}

/** Returns the lines of a peer that all of its requests have; the last one goes on with the host. */
function ownClaimsOf({ address, node, https }: ForwardingPeer): string {
  const proto = https ? 'https' : 'http';
  const lines = `X-Forwarded-For: ${address}\r\nX-Forwarded-Proto: ${proto}\r\n`;
  return flat(`${lines}Forwarded: for=${node};proto=${proto}`);
}

/** Proxies in front of this one, whose claims about clients are trusted. */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #isEmpty: boolean;

  /** @param ranges IP addresses and CIDR ranges. @throws RangeError on anything else. */
  constructor(ranges: readonly string[]) {
    this.#isEmpty = ranges.length === 0;
    for (const range of ranges) {
      const [address = '', prefix] = range.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(prefix), family);
    }
  }

  /** @param https true if it connects by https. */
  peer(remoteAddress: string, https = false): ForwardingPeer {
    const address = remoteAddress.startsWith(mapped)
      ? remoteAddress.slice(mapped.length)
      : remoteAddress;
    return new ForwardingPeer(address, this.#trusts(address), https);
  }

  #trusts(address: string): boolean {
    return !this.#isEmpty && this.#list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }
}
