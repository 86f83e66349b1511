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
