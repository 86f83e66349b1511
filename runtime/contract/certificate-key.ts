/** Key of a certificate, as `node:crypto` describes it. */
interface DescribedKey {
  readonly asymmetricKeyType?: string | undefined;
  readonly asymmetricKeyDetails?:
    | { readonly namedCurve?: string; readonly modulusLength?: number }
    | undefined;
}

/** Curves of ECDSA in TLS 1.3 (RFC 8446 section 4.2.3); with others no handshake succeeds. */
const curves = ['prime256v1', 'secp384r1', 'secp521r1'];
const edwards = ['ed25519', 'ed448'];
const rsa = ['rsa', 'rsa-pss'];
/** OpenSSL's security level 2, which Node.js has, refuses less. */
const leastRsaBits = 2_048;

/** Rule that the key of a certificate breaks; undefined if clients can make a handshake with it. */
export function certificateKeyProblem(key: DescribedKey): string | undefined {
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details = {} } = key;
  const { namedCurve = 'an unknown curve', modulusLength = 0 } = details;
  if (type === 'ec') {
    if (curves.includes(namedCurve)) return undefined;
    return `must have a key of a curve that TLS offers, one of ${curves.join(', ')}, but has ${namedCurve}`;
  }
  if (rsa.includes(type)) {
    if (modulusLength >= leastRsaBits) return undefined;
    return `must have an RSA key of at least ${leastRsaBits} bits, but has ${modulusLength}`;
  }
  if (edwards.includes(type)) return undefined;
  return `must have a key of RSA, ECDSA or EdDSA, but has ${type}`;
}
