import { appliersOfLost, maintenanceView, type Maintenance } from '../core/release/maintenance.ts';
import type { ProxyReport } from '../store/release/proxy-reports.ts';

/** Lines of `perch status` about the maintenance, also one that Redis lost and proxies still apply. */
export function maintenanceText(
  maintenance: Maintenance | undefined,
  proxies: readonly Pick<ProxyReport, 'id' | 'maintenance'>[],
): string[] {
  const view = maintenanceView(maintenance);
  if (view !== null) {
    const { since, by, message } = view;
    const from = new Date(since).toISOString();
    return [`in maintenance since ${from} (${by}): requests get 503, "${message}"`];
  }
  const applying = appliersOfLost(maintenance, proxies);
  if (applying.length === 0) return [];
  return [
    `Redis lost the maintenance, which live proxies still apply (${applying.join(', ')}): ` +
      'end it with "perch maintenance off"',
  ];
}
