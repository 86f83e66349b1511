import { createSign, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import type { Certificate } from '../../../runtime/core/edge/certificate.ts';

export interface TestCertificateOptions {
  /** The first one is also the common name. */
  readonly hosts: readonly string[];
  /** One of `ed25519` needs an issuer. */
  readonly keyType?: 'ec' | 'rsa' | 'ed25519';
  /** Length of an `rsa` key. Default: 2,048. */
  readonly rsaBits?: number;
  /** Curve of an `ec` key. Default: P-256. */
  readonly namedCurve?: string;
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  /** Default: the certificate signs itself. */
  readonly issuer?: TestCertificate;
  readonly isAuthority?: boolean;
}

export interface TestCertificate extends Certificate {
  readonly certificatePem: string;
  readonly name: string;
  readonly privateKey: KeyObject;
}

const dayMs = 86_400_000;

/** Makes a certificate with a new key. Nothing of it is ever stored. */
export function testCertificate(options: TestCertificateOptions): TestCertificate {
  const { hosts, issuer, isAuthority = false } = options;
  const [name = ''] = hosts;
  const notBeforeMs = options.notBeforeMs ?? Date.now() - dayMs;
  const notAfterMs = options.notAfterMs ?? Date.now() + 30 * dayMs;
  const { privateKey, publicKey } = keyPair(options);
  const signer = issuer?.privateKey ?? privateKey;
  const algorithm =
    signer.asymmetricKeyType === 'rsa'
      ? sequence(objectId('1.2.840.113549.1.1.11'), Buffer.from([0x05, 0]))
      : sequence(objectId('1.2.840.10045.4.3.2'));
  const body = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    distinguishedName(issuer?.name ?? name),
    sequence(time(notBeforeMs), time(notAfterMs)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(...extensions(hosts, isAuthority))),
  );
  const signature = createSign('sha256').update(body).sign(signer);
  const der = sequence(body, algorithm, bitString(signature));
  const certificatePem = pem(der);
  const chainPem = certificatePem + (issuer?.chainPem ?? '');
  const privateKeyPem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return {
    hosts,
    name,
    certificatePem,
    chainPem: issuer === undefined ? certificatePem : chainPem,
    privateKeyPem,
    privateKey,
    notBeforeMs,
    notAfterMs,
  };
}

function keyPair({ keyType, namedCurve = 'P-256', rsaBits = 2_048 }: TestCertificateOptions) {
  if (keyType === 'rsa') return generateKeyPairSync('rsa', { modulusLength: rsaBits });
  if (keyType === 'ed25519') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('ec', { namedCurve });
}

function extensions(hosts: readonly string[], isAuthority: boolean): Buffer[] {
  const names = hosts.map((host) => element(0x82, Buffer.from(host)));
  const basic = sequence(...(isAuthority ? [element(0x01, Buffer.from([0xff]))] : []));
  return [
    sequence(objectId('2.5.29.17'), element(0x04, sequence(...names))),
    sequence(objectId('2.5.29.19'), element(0x04, basic)),
  ];
}

function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const digits = length.toString(16).padStart(length > 0xff ? 4 : 2, '0');
  const head = length < 0x80 ? [length] : [0x80 + digits.length / 2];
  const more = length < 0x80 ? Buffer.alloc(0) : Buffer.from(digits, 'hex');
  return Buffer.concat([Buffer.from([tag, ...head]), more, content]);
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return element(0x30, ...contents);
}

function integer(bytes: Buffer): Buffer {
  return element(0x02, bytes);
}

function bitString(bytes: Buffer): Buffer {
  return element(0x03, Buffer.from([0]), bytes);
}

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return element(0x06, Buffer.from(bytes));
}

function distinguishedName(commonName: string): Buffer {
  const pair = sequence(objectId('2.5.4.3'), element(0x0c, Buffer.from(commonName)));
  return sequence(element(0x31, pair));
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  return element(0x18, Buffer.from(`${digits}Z`));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
