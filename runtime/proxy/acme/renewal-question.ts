import { z } from 'zod';
import { renewalAnswerSchema, type RenewalAnswer } from '../../core/edge/renewal-info.ts';
import { retryAfterMs } from '../../core/edge/order-failure.ts';
import { readStored } from '../../store/redis/stored-values.ts';
import { askAuthority } from './authority-request.ts';
import type { Authority } from './order-messages.ts';

const directorySchema = z.object({ renewalInfo: z.url().optional() });

/**
 * Asks the authority when to renew a certificate (RFC 9773 section 4.1).
 * @throws OrderError `unreachable`.
 */
export async function askRenewal(
  { directoryUrl, caCertificate }: Authority,
  certificateId: string,
  nowMs: number,
): Promise<RenewalAnswer> {
  const get = (url: string) => askAuthority({ url, method: 'GET', caCertificate });
  const directory = readStored(directorySchema, (await get(directoryUrl)).body);
  if (directory === undefined) {
    return { kind: 'failed', reason: `${directoryUrl} is not the directory of an ACME server` };
  }
  const { renewalInfo } = directory;
  if (renewalInfo === undefined) return { kind: 'not-offered' };
  const { status, headers, body } = await get(`${renewalInfo.replace(/\/$/, '')}/${certificateId}`);
  const window = status === 200 ? readStored(renewalAnswerSchema, body) : undefined;
  if (window === undefined) {
    return { kind: 'failed', reason: `no valid renewal information (status ${status})` };
  }
  return { kind: 'answered', window, retryAfterMs: retryAfterMs(headers['retry-after'], nowMs) };
}
