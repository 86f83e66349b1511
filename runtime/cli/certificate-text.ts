import type { CertificateStatus } from '../core/edge/certificate-status.ts';
import type { OwnCertificate } from '../store/edge/status-certificates.ts';
import type { FileCertificate } from '../store/edge/file-certificates.ts';
import { table } from './output.ts';

/** Table of the ACME certificates; no text without any. */
export function certificatesText(statuses: readonly CertificateStatus[]): string[] {
  if (statuses.length === 0) return [];
  const rows = statuses.map(({ host, notAfterMs, nextOrderMs, lastFailure, waiting }) => [
    host,
    notAfterMs === undefined ? 'none' : `until ${isoMinute(notAfterMs)}`,
    nextOrderMs === 0 ? 'now' : isoMinute(nextOrderMs),
    waiting ?? lastFailure?.text ?? '',
  ]);
  return [table([['HOST', 'CERTIFICATE', 'NEXT ORDER', 'PROBLEM'], ...rows])];
}

/** Table of services' own certificates; no text without any. */
export function ownCertificatesText(own: readonly OwnCertificate[], nowMs: number): string[] {
  if (own.length === 0) return [];
  const rows = own.map(({ service, hosts, notBeforeMs, notAfterMs }) => [
    service,
    validityText({ notBeforeMs, notAfterMs }, nowMs),
    hosts.join(', '),
  ]);
  return [table([['OWN CERTIFICATE OF', 'VALIDITY', 'HOSTS'], ...rows])];
}

/** Table of the certificates that proxies read from files; no text without any. */
export function fileCertificatesText(files: readonly FileCertificate[], nowMs: number): string[] {
  if (files.length === 0) return [];
  const rows = files.map(({ host, hosts, ...validity }) => [
    host,
    validityText(validity, nowMs),
    hosts.join(', '),
  ]);
  return [table([['CERTIFICATE IN FILES ON', 'VALIDITY', 'HOSTS'], ...rows])];
}

function validityText(
  { notBeforeMs, notAfterMs }: Pick<OwnCertificate, 'notBeforeMs' | 'notAfterMs'>,
  nowMs: number,
): string {
  if (notBeforeMs > nowMs) return `from ${isoMinute(notBeforeMs)}`;
  return `${notAfterMs > nowMs ? 'until' : 'ended'} ${isoMinute(notAfterMs)}`;
}

/** Time in UTC, to the minute. */
export function isoMinute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}
