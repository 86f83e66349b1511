import { generateKeyPairSync, X509Certificate, createPrivateKey } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { certificateId } from '../../core/edge/certificate-id.ts';
import { isLostAccount, type OrderFailure } from '../../core/edge/order-failure.ts';
import { nextAccountMs } from '../../core/edge/order-retry.ts';
import {
  accountName,
  accountRecord,
  accountReplacedMs,
  acmeCertificateName,
  certificateIn,
  certificateRecord,
  issuedCertificate,
} from '../../store/edge/certificate-record.ts';
import type { ChallengeStore } from '../../store/edge/challenge-store.ts';
import type { EdgeRecordWatch } from '../../store/edge/edge-record-watch.ts';
import type { ProxyReports } from '../../store/release/proxy-reports.ts';
import { OrderError } from './authority-request.ts';
import { orderInProcess } from './order-process.ts';
import type { Authority, ChallengeAnswer } from './order-messages.ts';
import type { Certificate } from '../../core/edge/certificate.ts';

export interface OrderAttemptOptions {
  readonly authority: Authority;
  readonly email: string | undefined;
  readonly records: Pick<EdgeRecordWatch, 'records' | 'put'>;
  readonly challenges: Pick<ChallengeStore, 'add' | 'remove'>;
  readonly reports: Pick<ProxyReports, 'list'>;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Longest wait for all proxies to answer a challenge, milliseconds. Default 15,000. */
  readonly answerTimeoutMs?: number;
}

/** Time for which a challenge that nobody removes is answered, milliseconds. */
const challengeMs = 900_000;
const reportPauseMs = 100;

/** Orders certificates and stores them, with the account of the authority. */
export class OrderAttempt {
  readonly #options: OrderAttemptOptions;

  constructor(options: OrderAttemptOptions) {
    this.#options = options;
  }

  /**
   * Orders a certificate for a host and stores it. An account that the authority refuses is replaced.
   * @param signal ends the order.
   * @throws OrderError for every failure.
   */
  async run(host: string, signal: AbortSignal): Promise<Certificate> {
    const key = await this.#accountKey();
    try {
      return await this.#order(host, key, signal);
    } catch (error) {
      const failure = error instanceof OrderError ? error.failure : undefined;
      if (failure === undefined || !isLostAccount(failure) || signal.aborted) throw error;
      return await this.#order(host, await this.#replacedKey(failure), signal);
    }
  }

  async #order(host: string, accountKeyPem: string, signal: AbortSignal): Promise<Certificate> {
    const { authority, email, records, challenges } = this.#options;
    const tokens: string[] = [];
    try {
      const pem = await orderInProcess({
        input: { authority, accountKeyPem, email, host, replaces: this.#replaced(host) },
        signal,
        hooks: {
          publish: async (answer) => {
            tokens.push(answer.token);
            await this.#publish(host, answer, signal);
          },
        },
      });
      const certificate = usable(host, pem);
      await records.put(certificateRecord(acmeCertificateName(host), certificate));
      return certificate;
    } finally {
      // The authority has looked; if Redis does not answer, the challenges expire.
      await challenges.remove(tokens).catch(() => undefined);
    }
  }

  async #accountKey(): Promise<string> {
    const { authority, records } = this.#options;
    const known = records.records.get(accountName(authority.directoryUrl));
    if (known !== undefined) return known.secret;
    const privateKey = newAccountKey();
    await records.put(accountRecord(authority.directoryUrl, privateKey));
    return privateKey;
  }

  /**
   * Returns the key of a new account in place of the one that the authority refuses.
   * @throws OrderError if the refused one itself replaced another one a short time ago.
   */
  async #replacedKey(failure: OrderFailure): Promise<string> {
    const { authority, records, now, logger } = this.#options;
    const { directoryUrl } = authority;
    const refused = records.records.get(accountName(directoryUrl));
    const replacedMs = refused === undefined ? undefined : accountReplacedMs(refused);
    const nextMs = nextAccountMs(replacedMs);
    if (nextMs > now()) {
      const next = new Date(nextMs).toISOString();
      const text = `the authority refuses the account that replaced another one: ${failure.text}; a proxy makes no new one before ${next}`;
      throw new OrderError({ ...failure, text });
    }
    const reason = failure.text;
    logger.warn({ directoryUrl, reason }, 'the authority refuses the account; a new one is made');
    const privateKey = newAccountKey();
    await records.put(accountRecord(directoryUrl, privateKey, { replacedMs: now() }));
    return privateKey;
  }

  /** Name of the certificate that the new one is for; undefined for the first one of a host. */
  #replaced(host: string): string | undefined {
    const record = this.#options.records.records.get(acmeCertificateName(host));
    const certificate = record === undefined ? undefined : certificateIn(record);
    return certificate === undefined ? undefined : certificateId(certificate.chainPem);
  }

  /** Settles when all live proxies have reported that they answer the challenge. */
  async #publish(host: string, answer: ChallengeAnswer, signal: AbortSignal): Promise<void> {
    const { challenges, reports, now, answerTimeoutMs = 15_000 } = this.#options;
    const deadline = performance.now() + answerTimeoutMs;
    await challenges.add({ ...answer, host, expiresMs: now() + challengeMs });
    for (;;) {
      signal.throwIfAborted();
      // Redis may fail for a moment; the deadline ends that.
      const all = await reports.list().catch(() => []);
      const missing = all.filter(({ challenges = [] }) => !challenges.includes(answer.token));
      if (all.length > 0 && missing.length === 0) return;
      if (performance.now() > deadline) {
        const who =
          missing.length === 0 ? 'no proxy reports' : missing.map(({ id }) => id).join(', ');
        const text = `not every proxy answers the challenge yet: ${who}`;
        throw new OrderError({ kind: 'own', text });
      }
      await delay(reportPauseMs);
    }
  }
}

/** Private key, PEM. */
function newAccountKey(): string {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return privateKey;
}

/** @throws OrderError if the certificate is not for this host and key. */
function usable(
  host: string,
  pem: { readonly chainPem: string; readonly privateKeyPem: string },
): Certificate {
  try {
    const certificate = new X509Certificate(pem.chainPem);
    const fits =
      certificate.checkHost(host) !== undefined &&
      certificate.checkPrivateKey(createPrivateKey(pem.privateKeyPem));
    if (fits) return issuedCertificate([host], pem);
  } catch (error) {
    const text = `the authority sent no certificate: ${error instanceof Error ? error.message : ''}`;
    throw new OrderError({ kind: 'own', text });
  }
  const text = `the authority sent a certificate that is not for ${host} and its key`;
  throw new OrderError({ kind: 'own', text });
}
