import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type SecureVersion } from 'node:tls';
import { expect, test } from 'vitest';
import { certificateKeyProblem } from '../../../runtime/contract/certificate-key.ts';
import { contextOptions } from '../../../runtime/proxy/tls/context-options.ts';
import { testCertificate, type TestCertificate } from '../../support/tls/certificate.ts';

const hosts = ['a.test'];
const issuer = testCertificate({ hosts: ['authority.test'], isAuthority: true });

/** True if a client makes a handshake with a server that presents the certificate. */
async function shakesHands(
  { chainPem, privateKeyPem }: TestCertificate,
  version: SecureVersion,
): Promise<boolean> {
  const server = createServer({ ...contextOptions, cert: chainPem, key: privateKeyPem });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const versions = { minVersion: version, maxVersion: version };
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...versions });
  client.on('secureConnect', () => resolve(true)).on('error', () => resolve(false));
  try {
    return await promise;
  } finally {
    client.destroy();
    server.close();
  }
}

test.each([
  ['P-256', testCertificate({ hosts, namedCurve: 'P-256' }), true],
  ['P-384', testCertificate({ hosts, namedCurve: 'P-384' }), true],
  ['P-521', testCertificate({ hosts, namedCurve: 'P-521' }), true],
  ['Ed25519', testCertificate({ hosts, keyType: 'ed25519', issuer }), true],
  ['RSA', testCertificate({ hosts, keyType: 'rsa' }), true],
  ['secp256k1', testCertificate({ hosts, namedCurve: 'secp256k1' }), false],
  ['P-224', testCertificate({ hosts, namedCurve: 'secp224r1' }), false],
  ['brainpool', testCertificate({ hosts, namedCurve: 'brainpoolP256r1' }), false],
] as const)(
  'a key is refused unless handshakes of both versions succeed: %s',
  async (_, certificate, isGood) => {
    const { publicKey } = new X509Certificate(certificate.certificatePem);
    expect(certificateKeyProblem(publicKey) === undefined).toBe(isGood);
    const done = [
      await shakesHands(certificate, 'TLSv1.2'),
      await shakesHands(certificate, 'TLSv1.3'),
    ];
    expect(done.every(Boolean)).toBe(isGood);
  },
);
