/** Ways in which the https of a service's host names is done. */
export const tlsModes = ['acme', 'certificate', 'loadBalancer', 'none'] as const;
export type TlsMode = (typeof tlsModes)[number];

/** Longest max-age of Strict-Transport-Security, seconds: two years, as preload lists ask for. */
export const mostHstsSeconds = 63_072_000;

/** Ports that a URL need not name (RFC 9110 sections 4.2.1 and 4.2.2). */
export const httpPort = 80;
export const httpsPort = 443;

/** Paths of the answers to http-01 challenges (RFC 8555 section 8.3), each followed by a token. */
export const challengePath = '/.well-known/acme-challenge/';

export const acmeDefaults = {
  /** Directory of Let's Encrypt (https://letsencrypt.org/docs/acme-protocol-updates/). */
  directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory',
} as const;
