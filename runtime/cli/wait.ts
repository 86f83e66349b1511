import { setTimeout as delay } from 'node:timers/promises';
import { PerchError } from '../contract/perch-error.ts';
import type { ProxyReport, ProxyReports } from '../store/release/proxy-reports.ts';

const askEveryMs = 100;

/**
 * Waits until every live proxy applies `generation` or a later one. Without a live proxy there is
 * nobody to wait for.
 * @throws PerchError `not_applied` that names the proxies that do not.
 */
export async function untilApplied(
  reports: ProxyReports,
  generation: number,
  deadline: number,
): Promise<void> {
  const late = await untilNone(reports, deadline, (report) => report.generation < generation);
  if (late.length === 0) return;
  const names = late.map(({ id, generation: at }) => `${id} (at ${at})`).join(', ');
  throw new PerchError('not_applied', `generation ${generation} is not applied by ${names}`);
}

/**
 * Waits until no live proxy has a request in flight at `memberId`.
 * @throws PerchError `not_drained` with how many there still are.
 */
export async function untilDrained(
  reports: ProxyReports,
  memberId: string,
  deadline: number,
): Promise<void> {
  const busy = await untilNone(reports, deadline, ({ inFlight }) => (inFlight[memberId] ?? 0) > 0);
  if (busy.length === 0) return;
  const requests = busy.reduce((sum, { inFlight }) => sum + (inFlight[memberId] ?? 0), 0);
  throw new PerchError(
    'not_drained',
    `member ${memberId} still has ${requests} requests in flight after the time given`,
  );
}

/** The reports that match when the time is up; none as soon as none does. */
async function untilNone(
  reports: ProxyReports,
  deadline: number,
  matches: (report: ProxyReport) => boolean,
): Promise<ProxyReport[]> {
  for (;;) {
    const matching = (await reports.list()).filter(matches);
    if (matching.length === 0 || performance.now() >= deadline) return matching;
    await delay(askEveryMs);
  }
}
