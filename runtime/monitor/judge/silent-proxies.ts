import { hostOfProxy, silentProxies, type KnownProxy } from '../../core/release/known-proxy.ts';
import type { ProxyReport } from '../../store/release/proxy-reports.ts';
import type { Problem } from './lasting-problems.ts';
import type { Resolution } from './resolutions.ts';

export const proxySilent = 'proxy-silent';

/** Silence beyond the lifetime of a report, milliseconds: after a pause of Redis all are silent. */
const forMs = 10_000;
/** Time after which a silent proxy is expected no longer, milliseconds. */
const expectedMs = 900_000;

export interface ProxyInputs {
  /** One report of each live proxy. */
  readonly reports: readonly Pick<ProxyReport, 'id'>[];
  readonly knownProxies: readonly KnownProxy[];
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/**
 * Hosts whose proxies ended without withdrawing their reports, or do not reach Redis. Such a proxy
 * may go on serving clients by an old release document. One problem for each host, because its
 * workers usually fall silent together.
 */
export function silentProxyProblems(inputs: ProxyInputs): Problem[] {
  const { nowMs } = inputs;
  const expected = silentOf(inputs).filter(({ lastReportMs }) => nowMs - lastReportMs < expectedMs);
  return [...Map.groupBy(expected, ({ id }) => hostOfProxy(id))].map(([host, silent]) => {
    const ids = silent.map(({ id }) => id).sort();
    const which = ids.length === 1 ? `proxy ${ids[0]} is` : `proxies ${ids.join(', ')} are`;
    return {
      rule: proxySilent,
      subject: host,
      forMs,
      details: {
        summary: `${which} silent, and may serve clients by an old release`,
        actions: ["a proxy without a judge gives the canary's share to stable by itself"],
        host,
        sinceMs: Math.min(...silent.map(({ lastReportMs }) => lastReportMs)),
      },
    };
  });
}

/** End of the incident of a host's silent proxies, for people. */
export function silentProxyResolution(host: string, inputs: ProxyInputs): Resolution {
  const silent = silentOf(inputs).filter(({ id }) => hostOfProxy(id) === host);
  const summary =
    silent.length > 0
      ? `proxies of ${host} are silent for 15 minutes and are expected no longer`
      : `no proxy of ${host} is silent any more`;
  return { summary };
}

function silentOf({ knownProxies, reports }: ProxyInputs): KnownProxy[] {
  return silentProxies(
    knownProxies,
    reports.map(({ id }) => id),
  );
}
