import type { z } from 'zod';
import type { TlsMode } from '../../contract/edge.ts';
import { env } from '../../contract/env.ts';
import { isWildcard } from '../../contract/host-name.ts';
import type { Address } from './address.ts';

/** Ways in which a proxy does the TLS of the hosts that its options name. */
export const proxyTlsModes = ['acme', 'certificate', 'none'] as const satisfies readonly TlsMode[];

export interface TlsOptions {
  readonly '--document'?: string | undefined;
  readonly [env.edgeKey]: readonly string[];
  readonly '--tls-listen'?: Address | undefined;
  readonly '--public-https-port'?: number | undefined;
  readonly '--host': readonly string[];
  readonly '--tls': (typeof proxyTlsModes)[number];
  readonly '--certificate'?: string | undefined;
  readonly '--private-key'?: string | undefined;
  readonly '--hsts'?: number | undefined;
  readonly '--trust-proxy': readonly string[];
}

type Issue = (option: string, message: string) => void;

/** Checks which options of TLS go together. */
export function checkTlsOptions(given: TlsOptions, context: z.core.$RefinementCtx): void {
  const issue: Issue = (option, message) =>
    context.addIssue({ code: 'custom', path: [option], message });
  const mode = given['--tls'];
  if (mode === 'acme') checkAcme(given, issue);
  if (mode === 'none') checkWithoutMode(given, issue);
  else if (given['--tls-listen'] === undefined) {
    issue('--tls-listen', `must be set with --tls ${mode}`);
  }
  for (const option of ['--certificate', '--private-key'] as const) {
    const isGiven = given[option] !== undefined;
    if (mode === 'certificate' && !isGiven) issue(option, 'must be set with --tls certificate');
    if (mode !== 'certificate' && isGiven)
      issue(option, 'must be left out without --tls certificate');
  }
  if (given['--public-https-port'] !== undefined && given['--tls-listen'] === undefined) {
    issue('--public-https-port', 'must be left out without --tls-listen: nothing is redirected');
  }
  const mayAnswerHttps = given['--tls-listen'] !== undefined || given['--trust-proxy'].length > 0;
  if (given['--hsts'] !== undefined && !mayAnswerHttps) {
    issue(
      '--hsts',
      'must be left out without --tls-listen or --trust-proxy: answers by http never carry it',
    );
  }
}

function checkAcme(given: TlsOptions, issue: Issue): void {
  if (given['--host'].length === 0) issue('--host', 'must be set with --tls acme');
  if (given['--document'] !== undefined) {
    issue('--tls', 'must not be acme with --document: proxies share the certificates by Redis');
  } else if (given[env.edgeKey].length === 0) {
    issue(env.edgeKey, 'must be set with --tls acme');
  }
  for (const host of given['--host']) {
    if (isWildcard(host)) {
      issue('--host', 'must hold no wildcard with --tls acme: http-01 cannot prove one');
    }
  }
}

/** Certificates of registered services come from Redis, and only a key of the edge opens them. */
function checkWithoutMode(given: TlsOptions, issue: Issue): void {
  if (given['--tls-listen'] === undefined) return;
  if (given['--document'] !== undefined) {
    issue('--tls', 'must be certificate with --tls-listen and --document: nothing else brings one');
  } else if (given[env.edgeKey].length === 0) {
    issue(
      env.edgeKey,
      'must be set with --tls-listen unless --tls is certificate: it opens the certificates in Redis',
    );
  }
}
