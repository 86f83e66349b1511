import { clockError } from '../../core/host/clock-offset.ts';
import { hostOfProxy, type KnownProxy } from '../../core/release/known-proxy.ts';
import type { StatusCertificates } from '../../store/edge/status-certificates.ts';
import type { ProxyReport, Withheld } from '../../store/release/proxy-reports.ts';

/** Live proxy as the page shows it. */
export interface ProxyView extends Pick<ProxyReport, 'id' | 'generation' | 'condition'> {
  readonly host: string;
  /** Reason for which it gives the canary's share to stable; null: it does not. */
  readonly withheld: Withheld | null;
  /** Error of its clock as text; null if it is right or unknown. */
  readonly clockError: string | null;
  /** True if it lacked descriptors, ports or memory in the last minute. */
  readonly isExhausted: boolean;
}

/** Proxy that has not reported for a while and may still serve clients. */
export interface SilentProxy {
  readonly id: string;
  readonly host: string;
  /** Time of its last report, milliseconds since the epoch. */
  readonly lastReportMs: number;
}

/** Certificate by which the service's hosts are served. */
export interface CertificateView {
  readonly hosts: readonly string[];
  /** `acme`: an authority issues it. `own`: the stack or a person gave it. `files`: proxies read it. */
  readonly kind: 'acme' | 'own' | 'files';
  /** Milliseconds since the epoch; null: there is none yet. */
  readonly notAfterMs: number | null;
  /** Problem of its order; null if there is none. */
  readonly problem: string | null;
}

export function proxyView({
  id,
  generation,
  condition,
  withheld,
  clockOffsetMs,
  isExhausted,
}: ProxyReport): ProxyView {
  return {
    id,
    host: hostOfProxy(id),
    generation,
    condition,
    withheld: withheld ?? null,
    clockError: (clockOffsetMs === undefined ? undefined : clockError(clockOffsetMs)) ?? null,
    isExhausted: isExhausted === true,
  };
}

export function silentProxyView({ id, lastReportMs }: KnownProxy): SilentProxy {
  return { id, host: hostOfProxy(id), lastReportMs };
}

/** Returns of certificates with the same names, which several hosts have, the one that ends first. */
function firstEnds(files: StatusCertificates['files']): StatusCertificates['files'] {
  const sorted = files.toSorted((a, b) => a.notAfterMs - b.notAfterMs);
  return [...Map.groupBy(sorted, ({ hosts }) => hosts.join(' ')).values()].flatMap((all) =>
    all.slice(0, 1),
  );
}

/** Certificates by the end of their validity, the first one first. */
export function certificateViews({ acme, own, files }: StatusCertificates): CertificateView[] {
  const views: CertificateView[] = [
    ...acme.map(({ host, notAfterMs, waiting, lastFailure }) => ({
      hosts: [host],
      kind: 'acme' as const,
      notAfterMs: notAfterMs ?? null,
      problem: waiting ?? lastFailure?.text ?? null,
    })),
    ...own.map(({ hosts, notAfterMs }) => ({
      hosts,
      kind: 'own' as const,
      notAfterMs,
      problem: null,
    })),
    ...firstEnds(files).map(({ hosts, notAfterMs }) => ({
      hosts,
      kind: 'files' as const,
      notAfterMs,
      problem: null,
    })),
  ];
  return views.sort((a, b) => (a.notAfterMs ?? 0) - (b.notAfterMs ?? 0));
}
