import { z } from 'zod';
import { formatDuration } from '../../contract/format-duration.ts';
import type { StoredJudgeStatus } from './judge-status.ts';

const evidenceSchema = z.object({ safety: z.object({ missing: z.int().min(0).nullable() }) });

/**
 * Requests that the judge still needs to find the canary safe, a sentence without its full stop; undefined if
 * it has decided, or if its monitor does not say so.
 * @param perSecond - requests of the canary per second; undefined: not known.
 */
export function missingText(
  verdict: StoredJudgeStatus['verdict'] | undefined,
  perSecond?: number,
): string | undefined {
  if (verdict?.kind !== 'inconclusive') return undefined;
  const { data } = evidenceSchema.safeParse(verdict.evidence);
  if (data === undefined) return undefined;
  const { missing } = data.safety;
  if (missing === null) {
    return 'the judge cannot call the canary safe while its requests fail or are slow more often than those of stable';
  }
  const requests = missing === 1 ? '1 more canary request' : `${missing} more canary requests`;
  const needed = `the judge needs about ${requests} without a failure`;
  if (perSecond === undefined) return needed;
  if (perSecond <= 0) return `${needed}: none has arrived lately`;
  const ms = Math.ceil(missing / perSecond) * 1_000;
  return `${needed}: about ${formatDuration(ms)} at the present rate`;
}
