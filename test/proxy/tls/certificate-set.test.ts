import { expect, test } from 'vitest';
import { CertificateSet } from '../../../runtime/proxy/tls/certificate-set.ts';
import { testCertificate } from '../../support/tls/certificate.ts';

test('a certificate is listed while it is presented for a host, or without a name', () => {
  const [first, older, both, newer] = [
    testCertificate({ hosts: ['first.test'] }),
    testCertificate({ hosts: ['a.test'] }),
    testCertificate({ hosts: ['a.test', 'b.test'] }),
    testCertificate({ hosts: ['a.test'] }),
  ];
  const set = new CertificateSet();
  set.replace([first, older, both, newer]);
  expect(set.certificates).toEqual([first, both, newer]);
  // Clients without a name get the first one.
  set.replace([older, newer]);
  expect(set.certificates).toEqual([older, newer]);
});

test('a name is found whatever its case, and with the dot of the root', () => {
  const set = new CertificateSet();
  set.replace([testCertificate({ hosts: ['first.test'] }), testCertificate({ hosts: ['a.test'] })]);
  const context = set.contextFor('a.test');
  expect(context).toBeDefined();
  for (const name of ['A.Test', 'a.test.', 'A.TEST.']) {
    expect(set.contextFor(name)).toBe(context);
    expect(set.mayResume(['a.test'], name)).toBe(true);
  }
  expect(set.contextFor('a.test..')).toBeUndefined();
});

const dayMs = 86_400_000;

test('an expired certificate gives way to a valid one for its name, and is listed still', () => {
  let nowMs = Date.now();
  const set = new CertificateSet(undefined, () => nowMs);
  const hosts = ['a.test', 'b.test'];
  const acme = testCertificate({ hosts: ['a.test'], notAfterMs: nowMs + 30 * dayMs });
  const own = testCertificate({ hosts, notAfterMs: nowMs + dayMs });
  set.replace([acme, own]);
  const ofOwn = set.contextFor('b.test');
  expect(set.contextFor('a.test')).toBe(ofOwn);
  nowMs += 2 * dayMs;
  expect(set.contextFor('a.test')).toBe(set.contextFor(undefined));
  expect(set.contextFor('a.test')).not.toBe(ofOwn);
  // It alone covers the name: a client that goes on despite the warning gets an answer.
  expect(set.contextFor('b.test')).toBe(ofOwn);
  expect(set.certificates).toEqual([acme, own]);
  nowMs += 60 * dayMs;
  expect(set.contextFor('a.test')).toBe(ofOwn);
});

test('an expired certificate gives way to a valid wildcard, and to a valid one for no name', () => {
  const expired = testCertificate({ hosts: ['a.test'], notAfterMs: Date.now() - 1_000 });
  const wildcard = testCertificate({ hosts: ['*.test'] });
  const set = new CertificateSet();
  set.replace([expired, wildcard]);
  const valid = set.contextFor('b.test');
  expect(valid).toBeDefined();
  expect(set.contextFor('a.test')).toBe(valid);
  expect(set.contextFor(undefined)).toBe(valid);
});
