/** How each kind of setting is read. A reader reports what is wrong and answers all the same. */
import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import type { Address, AdminAddress } from './address.ts';
import { defaultLimits, type Limits } from './http/limits.ts';

const shortestToken = 16;
/** Node's timers hold no more. */
export const longestTimerMs = 2_147_483_647;
/** What `sockaddr_un` holds on every platform. */
const longestSocketFile = 103;

/** Takes what is wrong with a value; the reader goes on, to find all that is wrong. */
export type Report = (problem: string) => void;

export function address(text: string, report: Report): Address {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, '$1');
  const digits = text.slice(colon + 1);
  const port = Number(digits);
  const isBare6 = host.includes(':') && !text.startsWith('[');
  if (colon < 1 || host === '' || isBare6 || !/^\d{1,5}$/.test(digits) || port > 65_535) {
    report(`must be HOST:PORT with a port from 0 to 65535, got ${text}`);
  }
  return { host, port };
}

export function adminAddress(text: string, report: Report): AdminAddress {
  if (!text.startsWith('unix:')) return address(text, report);
  const socketFile = text.slice('unix:'.length);
  if (!isAbsolute(socketFile) || Buffer.byteLength(socketFile) > longestSocketFile) {
    report(`must be unix:/PATH of at most ${longestSocketFile} bytes, got ${text}`);
  }
  return { socketFile };
}

export function integer(
  text: string | undefined,
  fallback: number,
  least: number,
  most: number,
  report: Report,
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    report(`must be a whole number from ${least} to ${most}, got ${text}`);
  }
  return value;
}

export function path(text: string, report: Report): string {
  if (!/^\/[\x21-\x7e]*$/.test(text) || text.includes('#')) {
    report(`must be a path that begins with / and has no blanks, got ${text}`);
  }
  return text;
}

export function ipRange(text: string, report: Report): string {
  const [ip = '', prefix] = text.split('/', 2);
  const family = isIP(ip);
  const longest = family === 4 ? 32 : 128;
  const bits = prefix === undefined ? longest : Number(prefix);
  if (family === 0 || !/^\d*$/.test(prefix ?? '') || prefix === '' || bits > longest) {
    report(`must be an IP address or a CIDR range, got ${text}`);
  }
  return text;
}

export function limits(given: readonly string[], report: Report): Partial<Limits> {
  return Object.fromEntries(given.map((text) => limit(text, report)));
}

function limit(text: string, report: Report): [string, number] {
  const [name = '', digits = ''] = text.split('=', 2);
  if (!Object.hasOwn(defaultLimits, name)) {
    report(
      `must be NAME=VALUE with NAME one of ${Object.keys(defaultLimits).join(', ')}, got ${text}`,
    );
  }
  const most = name.endsWith('Bytes') ? Number.MAX_SAFE_INTEGER : longestTimerMs;
  return [name, integer(digits, 0, 1, most, (problem) => report(`${name} ${problem}`))];
}

export function token(text: string | undefined, report: Report): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^[\x21-\x7e]+$/.test(text)) report('must be visible ASCII characters; it is not shown');
  if (text.length < shortestToken) {
    report(`must be at least ${shortestToken} characters, got ${text.length}`);
  }
  return text;
}

export function nonEmpty(text: string | undefined, report: Report): string | undefined {
  if (text === '') report('must not be empty');
  return text;
}
