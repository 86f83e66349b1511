/** Names of the edge that the runtime and infra share. */

/**
 * Ways to serve a host by https: the proxies have its certificate from an authority (RFC 8555) or its
 * owner, a cloud's load balancer has it, or nobody.
 */
export const tlsModes = ['acme', 'loadBalancer', 'certificate', 'none'] as const;
export type TlsMode = (typeof tlsModes)[number];
