import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/** Time for which a session can be resumed, seconds. */
const sessionSeconds = 24 * 3_600;

/**
 * Mozilla's intermediate configuration, version 6.0
 * (https://ssl-config.mozilla.org/guidelines/6.0.json): suites of TLS 1.3, then those of TLS 1.2. The
 * client's order counts, because it knows whether it has hardware for AES.
 */
const suites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];
const groups = ['X25519MLKEM768', 'X25519', 'prime256v1', 'secp384r1'];

/** Options of every context. OpenSSL leaves early data off unless it is told a size. */
export const contextOptions: SecureContextOptions = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: suites.join(':'),
  ecdhCurve: groups.join(':'),
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
  // The same for all contexts, so that a session survives the renewal of its certificate.
  sessionIdContext: 'perch',
  sessionTimeout: sessionSeconds,
};
