import { setTimeout as delay } from 'node:timers/promises';
import { PerchError } from '../contract/perch-error.ts';
import type { ProxyReport, ProxyReports } from '../store/release/proxy-reports.ts';

const pollEveryMs = 100;

/**
 * Waits until every live proxy applies `generation` or a later one. Returns at once without a live
 * proxy.
 * @param deadline - milliseconds on the clock of `performance.now()`.
 * @throws PerchError `not_applied` with the proxies that do not apply it at the deadline.
 */
export async function untilApplied(
  reports: ProxyReports,
  generation: number,
  deadline: number,
): Promise<void> {
  const late = await untilNone(reports, deadline, (report) => report.generation < generation);
  if (late.length === 0) return;
  const names = late.map(({ id, generation: at }) => `${id} (generation ${at})`).join(', ');
  throw new PerchError('not_applied', `generation ${generation} is not applied yet by ${names}`);
}

/**
 * Waits until no live proxy has a request in flight to `memberId`.
 * @param deadline - milliseconds on the clock of `performance.now()`.
 * @throws PerchError `not_drained` with the number of requests in flight at the deadline.
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
    `member ${memberId} still has ${requests} requests in flight after the timeout`,
  );
}

/** Waits until no report matches; returns those that still match at the deadline. */
async function untilNone(
  reports: ProxyReports,
  deadline: number,
  matches: (report: ProxyReport) => boolean,
): Promise<ProxyReport[]> {
  for (;;) {
    const matching = (await reports.list()).filter(matches);
    if (matching.length === 0 || performance.now() >= deadline) return matching;
    await delay(pollEveryMs);
  }
}
