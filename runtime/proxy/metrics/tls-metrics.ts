import type { Registry } from 'prom-client';
import type { HandshakeResult } from '../http/contract/tls.ts';
import { addSampled, single } from './sampled-metric.ts';
import type { Certificate } from '../../core/edge/certificate.ts';

/** TLS of a proxy, as its metrics see it. */
export interface MeasuredTls {
  readonly handshakes: ReadonlyMap<HandshakeResult, number>;
  readonly certificates: readonly Certificate[];
  readonly failedReads: number;
}

/** Adds the metrics of TLS: handshakes, the end of each certificate, and renewals that failed. */
export function addTlsMetrics(registry: Registry, tls: MeasuredTls): void {
  addSampled(registry, {
    type: 'counter',
    name: 'perch_proxy_tls_handshakes_total',
    help: 'Handshakes of TLS by result: full, resumed, or why they failed.',
    labels: ['result'],
    sample: () => Array.from(tls.handshakes, ([result, count]) => [{ result }, count] as const),
  });
  addSampled(registry, {
    type: 'gauge',
    name: 'perch_proxy_tls_certificate_not_after_seconds',
    help: 'First end of the validity of the certificates in use, seconds since the epoch, by their first host.',
    labels: ['host'],
    sample: () =>
      Array.from(
        Map.groupBy(tls.certificates, ({ hosts }) => hosts[0] ?? ''),
        ([host, certificates]) => {
          const ends = certificates.map(({ notAfterMs }) => notAfterMs);
          return [{ host }, Math.min(...ends) / 1_000] as const;
        },
      ),
  });
  addSampled(registry, {
    type: 'counter',
    name: 'perch_proxy_tls_certificate_read_failures_total',
    help: 'Renewed certificates in files that could not be used.',
    sample: () => single(tls.failedReads),
  });
}
