import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ejectItself, type SelfEjectionRequest } from '../../core/ejection/self-ejection.ts';
import type { ProxyReports } from '../../store/release/proxy-reports.ts';
import type { ReleaseStore } from '../../store/release/release-store.ts';

export interface EjectAndWaitOptions {
  readonly releases: Pick<ReleaseStore, 'change'>;
  readonly reports: Pick<ProxyReports, 'list'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

const longestWaitMs = 2_000;
const askEveryMs = 50;

/**
 * A canary takes itself out of rotation, and goes on serving until the proxies know. One that was
 * drained before, as a release does, has nothing to do. Never throws: a process that was told to
 * end does so without Redis, too.
 * @returns whether it is out now.
 */
export async function ejectAndWait(
  options: EjectAndWaitOptions,
  ejection: SelfEjectionRequest,
): Promise<boolean> {
  const { releases, reports, now, logger } = options;
  const { reason } = ejection;
  try {
    const outcome = await releases.change((document) => ejectItself(document, ejection, now()));
    if (outcome.kind !== 'changed') return outcome.kind === 'unchanged';
    logger.warn({ reason }, 'took itself out of rotation');
    const { generation } = outcome.document;
    const deadline = performance.now() + longestWaitMs;
    while (performance.now() < deadline) {
      const late = (await reports.list()).filter((report) => report.generation < generation);
      if (late.length === 0) break;
      await delay(askEveryMs);
    }
    return true;
  } catch (error) {
    logger.warn({ err: error }, 'could not take itself out of rotation');
    return false;
  }
}
