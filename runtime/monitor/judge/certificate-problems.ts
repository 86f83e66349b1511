import { formatDuration } from '../../contract/format-duration.ts';
import {
  fileCertificateSubject,
  hostOfFileSubject,
  ownCertificateSubject,
  ownerOfSubject,
} from '../../core/edge/certificate-subject.ts';
import { expiryThresholds, type Lifetime } from '../../core/edge/certificate-lifetime.ts';
import type { CertificateStatus, FailureInDns } from '../../core/edge/certificate-status.ts';
import { fileCertificates } from '../../store/edge/file-certificates.ts';
import type { CertificateOwners, EdgeCertificates } from './edge-certificates.ts';
import type { Problem } from './lasting-problems.ts';
import type { Resolution } from './resolutions.ts';

export const certificateRules = [
  'host-misdirected',
  'certificate-failed',
  'certificate-expiring',
  'certificate-expiring-soon',
] as const;

type CertificateRule = (typeof certificateRules)[number];

export interface CertificateInputs extends EdgeCertificates {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

const onlyService = (): CertificateOwners => ({ services: [], isOurs: true });

/** Failed orders after which an authority that did not answer, or a proxy that was late, is a problem. */
const quietFailures = 2;

/**
 * Host names whose certificate was not ordered or renewed, none if no live proxy uses ACME; services
 * whose own certificate ends; and hosts whose proxies have one in files that ends. Only those that are incidents of the judged service.
 */
export function certificateProblems({
  certificates,
  reports,
  ownersOf = onlyService,
  nowMs,
}: CertificateInputs): Problem[] {
  const isAcme = reports.some(({ acme }) => acme === true);
  return [
    ...(isAcme ? certificates : [])
      .filter(({ host }) => ownersOf(host).isOurs)
      .flatMap((status) => problemsOf(status, ownersOf(status.host).services, nowMs)),
    ...[...ownCertificates(reports)]
      .filter(([service]) => ownersOf(ownCertificateSubject(service)).isOurs)
      .flatMap(([service, own]) => ownProblems(service, own, nowMs)),
    ...fileCertificates(reports)
      .filter(({ host }) => ownersOf(fileCertificateSubject(host)).isOurs)
      .flatMap((one) =>
        givenProblems(fileCertificateSubject(one.host), filesOn(one.host), one, nowMs),
      ),
  ];
}

type OwnCertificate = NonNullable<EdgeCertificates['reports'][number]['ownCertificates']>[string];

/** Newest own certificate of each service that a live proxy has. */
function ownCertificates(reports: CertificateInputs['reports']): Map<string, OwnCertificate> {
  const newest = new Map<string, OwnCertificate>();
  for (const { ownCertificates = {} } of reports) {
    for (const [service, own] of Object.entries(ownCertificates)) {
      const isNewer = own.revision > (newest.get(service)?.revision ?? -1);
      if (isNewer) newest.set(service, own);
    }
  }
  return newest;
}

function ownProblems(service: string, own: OwnCertificate, nowMs: number): Problem[] {
  const { notBeforeMs, notAfterMs } = own;
  if (notBeforeMs === undefined || notAfterMs === undefined) return [];
  const what = `the own certificate of service ${service}`;
  const lifetime = { notBeforeMs, notAfterMs };
  return givenProblems(ownCertificateSubject(service), what, lifetime, nowMs);
}

/** Problems of a certificate that somebody gave, and that nobody renews by itself. */
function givenProblems(
  subject: string,
  what: string,
  lifetime: Lifetime,
  nowMs: number,
): Problem[] {
  const summary = endsText(what, lifetime, nowMs);
  const isOver = lifetime.notAfterMs <= nowMs;
  const action = isOver
    ? 'proxies present another valid certificate where they have one for the name'
    : 'proxies present it meanwhile';
  return endingRules(lifetime, nowMs).map((rule) => ({
    rule,
    subject,
    forMs: 0,
    details: { summary, actions: [action] },
  }));
}

function filesOn(host: string): string {
  return `the certificate that the proxies on ${host} read from files`;
}

/** Rules that a certificate breaks by the time that it has left. */
function endingRules({ notBeforeMs, notAfterMs }: Lifetime, nowMs: number): CertificateRule[] {
  const { expiringMs, expiringSoonMs } = expiryThresholds({ notBeforeMs, notAfterMs });
  const leftMs = notAfterMs - nowMs;
  return [
    ...(leftMs <= expiringMs ? ['certificate-expiring' as const] : []),
    ...(leftMs <= expiringSoonMs ? ['certificate-expiring-soon' as const] : []),
  ];
}

function endsText(what: string, { notAfterMs }: Lifetime, nowMs: number): string {
  const leftMs = notAfterMs - nowMs;
  return leftMs > 0
    ? `${what} ends in ${formatDuration(leftMs)} (${dayOf(notAfterMs)}) and was not renewed`
    : `${what} ended on ${dayOf(notAfterMs)}, so clients refuse to connect`;
}

/**
 * End of the incident of a certificate, for people.
 * @param host the incident's subject.
 */
export function certificateResolution(
  host: string,
  { certificates, reports, ownersOf = onlyService, nowMs }: CertificateInputs,
): Resolution {
  const { services, isOurs } = ownersOf(host);
  const service = ownerOfSubject(host);
  if (!isOurs && services.length > 0) {
    const what = service === undefined ? host : `the own certificate of service ${service}`;
    return { summary: `${what} is an incident of service ${services.join(' and ')} now` };
  }
  const hostOfFiles = hostOfFileSubject(host);
  if (hostOfFiles !== undefined) {
    const files = fileCertificates(reports).find((one) => one.host === hostOfFiles);
    const what = filesOn(hostOfFiles);
    const end = files === undefined ? 'is gone' : `is valid until ${dayOf(files.notAfterMs)}`;
    return { summary: `${what} ${end}` };
  }
  if (service !== undefined) {
    const own = ownCertificates(reports).get(service);
    const until = own?.notAfterMs === undefined ? undefined : dayOf(own.notAfterMs);
    const summary =
      until === undefined
        ? `service ${service} has no certificate of its own any more`
        : `the own certificate of service ${service} is valid until ${until}`;
    return { summary };
  }
  const status = certificates.find((one) => one.host === host);
  if (status === undefined) return { summary: `${host} needs no certificate any more` };
  const { notAfterMs } = status;
  if (notAfterMs === undefined || notAfterMs <= nowMs) {
    return { summary: `orders for ${host} fail for another reason, or no longer` };
  }
  return { summary: `${host} has a certificate until ${dayOf(notAfterMs)}` };
}

function problemsOf(
  status: CertificateStatus,
  services: readonly string[],
  nowMs: number,
): Problem[] {
  const { notAfterMs, notBeforeMs, lastFailure, waiting, failures } = status;
  const host = hostText(status.host, services);
  if (notAfterMs === undefined || notBeforeMs === undefined) {
    if (waiting !== undefined) {
      return [problem('certificate-failed', status, `${host} has no certificate`)];
    }
    if (lastFailure === undefined) return [];
    const isTransient = lastFailure.kind === 'unreachable' || lastFailure.kind === 'own';
    if (isTransient && failures <= quietFailures) return [];
    const rule = lastFailure.kind === 'validation' ? 'host-misdirected' : 'certificate-failed';
    return [problem(rule, status, `${host} has no certificate`)];
  }
  const lifetime = { notBeforeMs, notAfterMs };
  const ends = endsText(`the certificate for ${host}`, lifetime, nowMs);
  return endingRules(lifetime, nowMs).map((rule) => problem(rule, status, ends));
}

/** Host with the services that it belongs to, for people. */
function hostText(host: string, services: readonly string[]): string {
  if (services.length === 0) return host;
  return `${host} of ${services.length === 1 ? 'service' : 'services'} ${services.join(', ')}`;
}

function problem(rule: CertificateRule, status: CertificateStatus, what: string): Problem {
  const { host, lastFailure, waiting, nextOrderMs, notAfterMs } = status;
  const failed = lastFailure === undefined ? 'no order was tried' : causeOf(host, lastFailure);
  const why = waiting ?? failed;
  const until = notAfterMs === undefined ? [] : ['proxies present the old certificate meanwhile'];
  const next =
    waiting === undefined
      ? `a proxy orders again at ${new Date(nextOrderMs).toISOString()}`
      : 'a proxy orders as soon as all of them do';
  return {
    rule,
    subject: host,
    forMs: 0,
    details: { summary: `${what}: ${why}`, actions: [...until, next] },
  };
}

/** Cause of a failed order in a sentence, with the authority's own words. */
function causeOf(host: string, failure: FailureInDns): string {
  const { kind, text } = failure;
  switch (kind) {
    case 'validation':
      return `${dnsOf(host, failure)}; the authority says: ${text}`;
    case 'rate-limited':
      return `the authority limits the rate of orders and says: ${text}`;
    case 'account':
    case 'refused':
      return `the authority refused the order and says: ${text}`;
    case 'unreachable':
      return `the authority does not answer as it should: ${text}`;
    case 'own':
      return text;
  }
}

function dnsOf(host: string, { found = 'an unknown address', expected }: FailureInDns): string {
  if (expected === undefined) {
    return `the authority did not find a proxy at ${host}, for which DNS has ${found}`;
  }
  const addresses = expected.split(', ');
  const pointsHere = found.split(', ').every((address) => addresses.includes(address));
  return pointsHere
    ? `DNS has ${found} for ${host} as expected, but the authority did not find a proxy at its port 80`
    : `${host} does not point to the proxies: DNS has ${found}, expected ${expected}`;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
