import { createPrivateKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { chainFaults, chainIn, isCovered } from '../../runtime/contract/certificate-chain.ts';
import { testCertificate } from '../support/tls/certificate.ts';

const shop = testCertificate({ hosts: ['shop.test', '*.shop.test'] });
const other = testCertificate({ hosts: ['other.test'] });
const [at, keyOf] = [Date.now(), (pem: string) => createPrivateKey(pem)];
const kindsOf = (pem: string, key: string, hosts: readonly string[], nowMs = at) =>
  chainFaults(chainIn(pem), { key: keyOf(key), hosts, nowMs }).map(({ kind }) => kind);

test('a good chain has no fault, and a text without certificates none to find', () => {
  expect(kindsOf(shop.chainPem, shop.privateKeyPem, ['shop.test', 'a.shop.test'])).toEqual([]);
  expect(kindsOf('', shop.privateKeyPem, ['shop.test'])).toEqual([]);
  expect(chainIn('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toEqual([]);
});

test('all faults of a chain are found at once, those of the certificates behind the first too', () => {
  const pem = shop.chainPem + other.chainPem;
  const afterwards = shop.notAfterMs + 366 * 86_400_000 * 100;
  const faults = chainFaults(chainIn(pem), {
    key: keyOf(other.privateKeyPem),
    hosts: ['shop.test', 'www.test'],
    nowMs: afterwards,
  });
  expect(faults).toMatchObject([
    { kind: 'other-key', isLater: true },
    { kind: 'order', index: 0 },
    { kind: 'ended', index: 0 },
    { kind: 'ended', index: 1 },
    { kind: 'hosts', covered: ['shop.test', '*.shop.test'], missing: ['www.test'] },
  ]);
  expect(kindsOf(shop.chainPem, shop.privateKeyPem, [], 0)).toEqual(['not-begun']);
});

test('a wildcard covers one label, and is covered by itself only', () => {
  const names = ['*.shop.test', 'shop.test'];
  const covered = ['shop.test', 'a.shop.test', '*.shop.test'];
  expect(covered.every((host) => isCovered(host, names))).toBe(true);
  const others = ['a.b.shop.test', '*.test', 'xshop.test'];
  expect(others.some((host) => isCovered(host, names))).toBe(false);
  expect(isCovered('*.shop.test', ['a.shop.test'])).toBe(false);
});
