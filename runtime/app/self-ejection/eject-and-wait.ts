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

const maxWaitMs = 2_000;
const pollEveryMs = 50;

/**
 * Ejects a canary at its own request and waits up to 2 s until every live proxy applies that, while
 * the canary goes on serving. A canary that is draining or ejected already stays as it is. Never
 * throws, because a process must be able to stop without Redis.
 * @returns true if the canary receives no new requests now.
 */
export async function ejectAndWait(
  options: EjectAndWaitOptions,
  request: SelfEjectionRequest,
): Promise<boolean> {
  const { releases, reports, now, logger } = options;
  const { reason } = request;
  try {
    const outcome = await releases.change((document) => ejectItself(document, request, now()));
    if (outcome.kind !== 'changed') return outcome.kind === 'unchanged';
    logger.warn({ reason }, 'canary ejected itself');
    const { generation } = outcome.document;
    const deadline = performance.now() + maxWaitMs;
    while (performance.now() < deadline) {
      const late = (await reports.list()).filter((report) => report.generation < generation);
      if (late.length === 0) break;
      await delay(pollEveryMs);
    }
    return true;
  } catch (error) {
    logger.warn({ err: error }, 'canary could not eject itself');
    return false;
  }
}
