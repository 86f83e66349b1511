import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PerchError } from '../../contract/perch-error.ts';
import { isWildcard } from '../../contract/host-name.ts';
import type { CertificateFiles } from '../settings/settings.ts';
import type { Certificate } from '../../core/edge/certificate.ts';

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads a certificate and its private key, and checks that clients would accept them.
 * @param hosts names that it must cover.
 * @throws PerchError `bad_input` that names the option, the rule and the file, but no secret.
 */
export async function readCertificateFiles(
  files: CertificateFiles,
  hosts: readonly string[],
  nowMs: number,
): Promise<Certificate> {
  const chainText = await readText('--certificate', files.chain);
  const keyText = await readText('--private-key', files.privateKey);
  const problem = (option: string, rule: string) => {
    const file = option === '--certificate' ? files.chain : files.privateKey;
    return new PerchError('bad_input', `${option} ${rule}, got ${file}`);
  };
  const chain = certificatesOf(chainText);
  const [leaf] = chain ?? [];
  if (chain === undefined || leaf === undefined) {
    throw problem('--certificate', 'must hold a certificate chain in PEM');
  }
  const key = privateKeyOf(keyText);
  if (typeof key === 'string') throw problem('--private-key', key);
  const rule = chainProblem(chain, key, nowMs) ?? hostProblem(leaf, hosts);
  if (rule !== undefined) throw problem('--certificate', rule);
  return certificateOf(chain, keyText);
}

/** Returns the certificate of a chain that is known to be good. */
function certificateOf(chain: readonly X509Certificate[], keyText: string): Certificate {
  const [leaf] = chain;
  return {
    hosts: leaf === undefined ? [] : hostsOf(leaf),
    chainPem: chain.map(String).join(''),
    privateKeyPem: keyText,
    notBeforeMs: Math.max(...chain.map(({ validFromDate }) => validFromDate.getTime())),
    notAfterMs: Math.min(...chain.map(({ validToDate }) => validToDate.getTime())),
  };
}

async function readText(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new PerchError('bad_input', `${option} must be a readable file, got ${file} (${code})`, {
      cause,
    });
  }
}

function certificatesOf(text: string): readonly X509Certificate[] | undefined {
  try {
    return (text.match(block) ?? []).map((pem) => new X509Certificate(pem));
  } catch {
    // Its errors say nothing that a person could use.
    return undefined;
  }
}

/** @returns the key, or the rule that the text breaks. */
function privateKeyOf(text: string): KeyObject | string {
  if (/ENCRYPTED/.test(text)) return 'must hold a private key that no password protects';
  try {
    return createPrivateKey(text);
  } catch {
    // Its errors may repeat a part of the file.
    return 'must hold a private key in PEM';
  }
}

function chainProblem(
  chain: readonly X509Certificate[],
  key: KeyObject,
  nowMs: number,
): string | undefined {
  const [leaf] = chain;
  if (leaf?.checkPrivateKey(key) !== true) {
    return chain.some((other) => other.checkPrivateKey(key))
      ? 'must hold the chain in order: the certificate of the private key first'
      : 'must match --private-key: it belongs to another key';
  }
  for (const [index, certificate] of chain.entries()) {
    const { subject, validToDate, validFromDate } = certificate;
    const name = subject.replaceAll('\n', ', ');
    if (validToDate.getTime() <= nowMs) {
      return `must not have expired: ${name} did on ${validToDate.toISOString()}`;
    }
    if (validFromDate.getTime() > nowMs) {
      return `must be valid already: ${name} will be on ${validFromDate.toISOString()}`;
    }
    const issuer = chain[index + 1];
    if (issuer !== undefined && !certificate.checkIssued(issuer)) {
      return `must hold the chain in order: ${name} was not issued by the one after it`;
    }
  }
  return undefined;
}

function hostProblem(leaf: X509Certificate, hosts: readonly string[]): string | undefined {
  const covered = hostsOf(leaf);
  if (covered.length === 0) return 'must name a host in its subjectAltName';
  const missing = hosts.filter((host) => !isCovered(host, covered));
  if (missing.length === 0) return undefined;
  return `must cover each --host: it covers ${covered.join(', ')}, but not ${missing.join(', ')}`;
}

function isCovered(host: string, covered: readonly string[]): boolean {
  return covered.includes(host) || (!isWildcard(host) && covered.includes(wildcardOf(host)));
}

/** Wildcard that covers a host. */
function wildcardOf(host: string): string {
  return `*${host.slice(host.indexOf('.'))}`;
}

/** Host names in the subjectAltName, the only place where clients look (RFC 9525 section 2). */
function hostsOf(leaf: X509Certificate): readonly string[] {
  const names = (leaf.subjectAltName ?? '').split(', ');
  return names.flatMap((name) => (name.startsWith('DNS:') ? [name.slice(4).toLowerCase()] : []));
}
