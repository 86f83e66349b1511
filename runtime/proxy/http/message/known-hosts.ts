import { fnv1a } from '../../../contract/fnv1a.ts';
import { flat } from './bytes.ts';
import { isHost } from './host.ts';
import type { MessageHead } from './message-head.ts';

/** Host that was checked, with what names it to upstreams. */
export interface KnownHost {
  readonly name: string;
  /** End of Forwarded, after `for` and `proto`, then X-Forwarded-Host. */
  readonly claims: string;
}

/** A power of two. A host that shares its place with another one is checked anew after it. */
const places = 1_024;
/** Longest host that is remembered, with its port, in bytes: a name has 253 at most (RFC 1035). */
const longestRemembered = 260;

/**
 * Hosts of the last requests, found by their bytes: of a host that comes again, neither a string is
 * made nor is it checked again, whichever connection it comes by.
 */
export class KnownHosts {
  readonly #hosts: (KnownHost | undefined)[] = Array.from({ length: places });

  /** Returns the host that is a field's value; undefined if it is not valid. */
  find(head: MessageHead, index: number): KnownHost | undefined {
    const place = placeOf(head, index);
    const known = this.#hosts[place];
    if (known !== undefined && head.isValue(index, known.name)) return known;
    const name = head.value(index);
    if (!isHost(name)) return undefined;
    const host = { name, claims: flat(claimsOfHost(name)) };
    if (name.length <= longestRemembered) this.#hosts[place] = host;
    return host;
  }
}

/** Returns the end of Forwarded that names the host, and X-Forwarded-Host. */
export function claimsOfHost(name: string): string {
  return `;host="${name}"\r\nX-Forwarded-Host: ${name}\r\n`;
}

function placeOf({ bytes, valueStarts, valueEnds }: MessageHead, index: number): number {
  const end = valueEnds[index] ?? 0;
  let hash = 0;
  for (let at = valueStarts[index] ?? 0; at < end; at += 1) {
    hash = fnv1a(hash, bytes[at] ?? 0);
  }
  return (hash ^ (hash >>> 16)) & (places - 1);
}
