import { defaultMessage, type Maintenance } from '../core/release/maintenance.ts';
import type { ProxyReport } from '../store/release/proxy-reports.ts';

/** The maintenance as `perch status --json` prints it, without its page; null if there is none. */
export function maintenanceJson(maintenance: Maintenance | null) {
  if (maintenance?.on !== true) return null;
  const { at, by, message = defaultMessage, page } = maintenance;
  return { since: at, by, message, hasPage: page !== undefined };
}

/** Lines of `perch status` about the maintenance, also one that Redis lost and proxies still apply. */
export function maintenanceText(
  maintenance: Maintenance | null,
  proxies: readonly Pick<ProxyReport, 'id' | 'maintenance'>[],
): string[] {
  if (maintenance?.on === true) {
    const { at, by, message = defaultMessage } = maintenance;
    const since = new Date(at).toISOString();
    return [`in maintenance since ${since} (${by}): requests get 503, "${message}"`];
  }
  const applying = proxies.filter((proxy) => proxy.maintenance?.on === true).map(({ id }) => id);
  if (maintenance !== null || applying.length === 0) return [];
  return [
    `Redis lost the maintenance, which live proxies still apply (${applying.join(', ')}): ` +
      'end it with "perch maintenance off"',
  ];
}
