/** Schemas that read each kind of setting from text. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { Address, AdminAddress } from './address.ts';
import { healthHostProblem } from '../../contract/health-host.ts';
import { hostNameProblem } from '../../contract/host-name.ts';
import { defaultLimits, type Limits } from '../http/contract/limits.ts';

/** Longest delay of a Node.js timer, milliseconds. */
export const longestTimerMs = 2_147_483_647;
/** Longest path, bytes, that `sockaddr_un` holds on every platform. */
const longestSocketFile = 103;

const hostPort = /^(?:\[(?<ip6>[^\]]+)\]|(?<host>[^[\]:]+)):(?<port>\d{1,5})$/;
const unix = 'unix:';
const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export const addressSchema = z
  .string()
  .refine(isAddress, 'must be HOST:PORT with a port from 0 to 65535')
  .transform(readAddress);

export const adminAddressSchema = z
  .string()
  .refine(
    (text) => isSocketAddress(text) || isAddress(text),
    `must be HOST:PORT with a port from 0 to 65535, or unix:/PATH of at most ${longestSocketFile} bytes`,
  )
  .transform((text): AdminAddress =>
    text.startsWith(unix) ? { socketFile: text.slice(unix.length) } : readAddress(text),
  );

/** Address of one interface: what listens on every one would be public. */
export const metricsAddressSchema = addressSchema.refine(
  ({ host }) => !/^[0:.]+$/.test(host),
  'must be one address of this machine, not every one',
);

/** Schema of a whole number from `least` to `most`, both included. */
export function wholeNumberSchema(least: number, most: number) {
  return z
    .string()
    .refine(
      (text) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most,
      `must be a whole number from ${least} to ${most}`,
    )
    .transform(Number);
}

export const pathSchema = z
  .string()
  .regex(/^\/[\x21-\x22\x24-\x7e]*$/, 'must be a path that begins with / and contains no spaces');

export const healthHostSchema = z.string().superRefine((text, context) => {
  const problem = healthHostProblem(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

export const fileSchema = z.string().min(1, 'must not be empty');

/** Name of a host; a wildcard stands for one label. */
export const hostSchema = z.string().superRefine((text, context) => {
  const problem = hostNameProblem(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** 32 bytes in base64 each, separated by commas. */
export const edgeKeysSchema = z
  .string()
  .transform((text) => text.split(',').map((key) => key.trim()))
  .refine(
    (keys) => keys.every((key) => /^[A-Za-z0-9+/]{43}=$/.test(key)),
    'must be keys of 32 bytes in base64, separated by commas',
  );

export const ipRangeSchema = z.string().refine(isIpRange, 'must be an IP address or a CIDR range');

export const ipSchema = z.string().refine((text) => isIP(text) !== 0, 'must be an IP address');

/** URL of https, because what an authority says must not be changed on the way. */
export const acmeDirectorySchema = z
  .string()
  .refine(
    (text) => /^https:\/\/[^/@\s]+\//.test(text) && URL.canParse(text),
    'must be an https URL with a path, without user or password',
  );

/** RFC 8555 section 7.3: one address, without header fields. */
export const acmeEmailSchema = z
  .string()
  .regex(/^[^\s@,?%]+@[^\s@,?%]+\.[^\s@,?%]+$/, 'must be one email address');

/** Certificates in PEM, at least one. */
export const certificatesSchema = z
  .string()
  .refine(holdsCertificates, 'must be certificates in PEM, not the name of a file');

/** Visible ASCII characters, too many to guess. */
export const tokenSchema = z
  .string()
  .min(16, 'must be at least 16 characters')
  .regex(/^[\x21-\x7e]*$/, 'must be visible ASCII characters');

/** NAME=VALUE each; the last one of a name counts. */
export const limitsSchema = z
  .array(
    z.string().superRefine((text, context) => {
      const problem = limitProblem(text);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    }),
  )
  .transform((given): Partial<Limits> => Object.fromEntries(given.map(readLimit)));

function holdsCertificates(text: string): boolean {
  const blocks = text.match(certificateBlock) ?? [];
  try {
    return blocks.map((pem) => new X509Certificate(pem)).length > 0;
  } catch {
    // OpenSSL reads no certificate in a block.
    return false;
  }
}

function isAddress(text: string): boolean {
  const { ip6, port } = hostPort.exec(text)?.groups ?? {};
  return port !== undefined && Number(port) <= 65_535 && (ip6 === undefined || isIP(ip6) === 6);
}

function readAddress(text: string): Address {
  const { ip6, host, port } = hostPort.exec(text)?.groups ?? {};
  return { host: ip6 ?? host ?? '', port: Number(port) };
}

function isSocketAddress(text: string): boolean {
  const file = text.slice(unix.length);
  return text.startsWith(unix) && isAbsolute(file) && Buffer.byteLength(file) <= longestSocketFile;
}

function isIpRange(text: string): boolean {
  const [ip = '', bits, ...more] = text.split('/');
  const family = isIP(ip);
  if (family === 0 || more.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
  );
}

function limitProblem(text: string): string | undefined {
  const [name, value] = readLimit(text);
  if (!Object.hasOwn(defaultLimits, name)) {
    return `must be NAME=VALUE with NAME one of ${Object.keys(defaultLimits).join(', ')}`;
  }
  const most = name.endsWith('Bytes') ? Number.MAX_SAFE_INTEGER : longestTimerMs;
  if (Number.isInteger(value) && value >= 1 && value <= most) return undefined;
  return `must be NAME=VALUE with VALUE a whole number from 1 to ${most}`;
}

function readLimit(text: string): [name: string, value: number] {
  const [name = '', digits = ''] = text.split('=', 2);
  return [name, /^\d+$/.test(digits) ? Number(digits) : Number.NaN];
}
