import type { CertificateStatus } from '../core/edge/certificate-status.ts';
import { table } from './output.ts';

/** Table of the ACME certificates; no text without any. */
export function certificatesText(statuses: readonly CertificateStatus[]): string[] {
  if (statuses.length === 0) return [];
  const rows = statuses.map(({ host, notAfterMs, nextOrderMs, lastFailure }) => [
    host,
    notAfterMs === undefined ? 'none' : `until ${isoMinute(notAfterMs)}`,
    nextOrderMs === 0 ? 'now' : isoMinute(nextOrderMs),
    lastFailure === undefined ? '' : lastFailure.text,
  ]);
  return [table([['HOST', 'CERTIFICATE', 'NEXT ORDER', 'LAST ORDER FAILED'], ...rows])];
}

/** Time in UTC, to the minute. */
export function isoMinute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}
