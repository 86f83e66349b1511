import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { eject } from '../decide/transitions.ts';
import type { ProxyReports } from '../state/proxy-reports.ts';
import type { ReleaseStore } from '../state/release-store.ts';

export interface StepAsideOptions {
  readonly releases: Pick<ReleaseStore, 'change'>;
  readonly reports: Pick<ProxyReports, 'list'>;
  readonly memberId: string;
  readonly logger: Logger;
}

const longestWaitMs = 2_000;
const askEveryMs = 50;

/**
 * A canary that is about to end takes itself out of rotation first, and goes on serving until the
 * proxies know. One that was drained before, as a release does, has nothing to do. Never throws: a
 * process that was told to end does so without Redis, too.
 */
export async function stepAside(options: StepAsideOptions, reason: string): Promise<void> {
  const { releases, reports, memberId, logger } = options;
  try {
    const outcome = await releases.change((document) => {
      const member = document.members.find(({ id }) => id === memberId);
      return member?.state === 'active' ? eject(document, memberId, reason) : { kind: 'unchanged' };
    });
    if (outcome.kind !== 'changed') return;
    logger.info({ reason }, 'took itself out of rotation');
    const { generation } = outcome.document;
    const deadline = performance.now() + longestWaitMs;
    while (performance.now() < deadline) {
      const late = (await reports.list()).filter((report) => report.generation < generation);
      if (late.length === 0) return;
      await delay(askEveryMs);
    }
  } catch (error) {
    logger.warn({ err: error }, 'could not take itself out of rotation');
  }
}
