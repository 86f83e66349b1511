import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { errorMessage } from '../../contract/error-message.ts';
import { certificateId } from '../../core/edge/certificate-id.ts';
import {
  afterDnsChange,
  afterFailure,
  type FailureInDns,
  afterRenewalAnswer,
  afterSuccess,
  firstStatus,
  misdirected,
  nextDue,
  nextQuestion,
  withCertificate,
  type CertificateStatus,
  type PresentedCertificate,
} from '../../core/edge/certificate-status.ts';
import type { RenewalAnswer } from '../../core/edge/renewal-info.ts';
import type { OrderFailure } from '../../core/edge/order-failure.ts';
import { acmeCertificateName, certificateIn } from '../../store/edge/certificate-record.ts';
import type { CertificateStatusStore } from '../../store/edge/certificate-status-store.ts';
import type { EdgeRecordWatch } from '../../store/edge/edge-record-watch.ts';
import type { Lease } from '../../store/judge/lease.ts';
import { FailureLog } from '../../store/local/failure-log.ts';
import { Periodic } from '../../store/local/periodic.ts';
import { OrderError } from './authority-request.ts';
import type { OrderAttempt } from './order-attempt.ts';

export interface CertificateOrdererOptions {
  /** Lease of the orderer: one proxy orders at a time. */
  readonly lease: Pick<Lease, 'hold' | 'release'>;
  readonly leaseTtlMs: number;
  readonly records: Pick<EdgeRecordWatch, 'records' | 'isFresh' | 'outdated' | 'sealAnew'>;
  readonly statuses: Pick<CertificateStatusStore, 'list' | 'write' | 'remove'>;
  /** Host names that need a certificate. */
  readonly hosts: () => readonly string[];
  readonly attempt: Pick<OrderAttempt, 'run'>;
  /** Lists the live proxies that answer no challenges, as before an update that gives them https. */
  readonly unready: () => Promise<readonly string[]>;
  /** Asks the authority when to renew the certificate of this name. */
  readonly askRenewal: (certificateId: string) => Promise<RenewalAnswer>;
  /** Finds the addresses that DNS has for a host. */
  readonly findDns: (host: string) => Promise<string>;
  /** Addresses that DNS should have for the hosts, for messages. */
  readonly publicAddresses: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
  /**
   * Time after it got the lease before it orders, milliseconds. Other proxies store again what Redis
   * lost meanwhile, within 3 s after they are back. Default 5,000.
   */
  readonly calmMs?: number;
  /** Milliseconds. Default 1,000. */
  readonly intervalMs?: number;
}

/** Pause between two questions whether DNS was mended, milliseconds. */
const dnsEveryMs = 60_000;
/** Time in which all proxies should answer challenges after an update that gives them https, milliseconds. */
const readyWithinMs = 300_000;

/**
 * Orders and renews certificates while this proxy holds the lease: one for each host name, so that one
 * host that fails does not stop the others. Never throws.
 */
export class CertificateOrderer {
  readonly #options: CertificateOrdererOptions;
  readonly #failures: FailureLog;
  /** Last statuses, for the case that Redis loses them. */
  readonly #known = new Map<string, CertificateStatus>();
  readonly #stopped = new AbortController();
  #lost = new AbortController();
  #heldAt = Number.NEGATIVE_INFINITY;
  #ledSince: number | undefined;
  #askedDnsMs = Number.NEGATIVE_INFINITY;
  /** Time since which proxies answer no challenges while an order is due, milliseconds since the epoch. */
  #unreadySinceMs: number | undefined;
  #holding: Periodic | undefined;
  #cycles: Periodic | undefined;

  constructor(options: CertificateOrdererOptions) {
    this.#options = options;
    this.#failures = new FailureLog(
      options.logger,
      'certificates were neither ordered nor renewed',
    );
  }

  /** True while no other proxy can hold the lease. */
  get leads(): boolean {
    const { leaseTtlMs } = this.#options;
    return this.#ledSince !== undefined && performance.now() - this.#heldAt < leaseTtlMs;
  }

  start(): void {
    const { leaseTtlMs, intervalMs = 1_000 } = this.#options;
    this.#holding = new Periodic(() => this.#hold(), leaseTtlMs / 4);
    this.#cycles = new Periodic(() => this.runCycle(), intervalMs);
    this.#holding.runNow();
  }

  /** Runs a cycle soon. */
  runNow(): void {
    this.#cycles?.runNow();
  }

  /** Ends a running order, and gives up the lease so that another proxy orders. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all([this.#holding?.stop(), this.#cycles?.stop()]);
    if (this.#ledSince === undefined) return;
    this.#ledSince = undefined;
    try {
      await this.#options.lease.release();
    } catch (error) {
      const reason = errorMessage(error);
      this.#options.logger.warn({ reason }, 'the lease of the orderer stays until it expires');
    }
  }

  /** Does what is due: asks when to renew, orders for at most one host, and stores the statuses. */
  async runCycle(): Promise<void> {
    const { records, calmMs = 5_000 } = this.#options;
    const calm = performance.now() - (this.#ledSince ?? Number.POSITIVE_INFINITY) >= calmMs;
    if (!this.leads || !calm || !records.isFresh) return;
    try {
      await this.#sealAnew();
      await this.#runHosts();
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }

  async #hold(): Promise<void> {
    const { lease, logger } = this.#options;
    const askedAt = performance.now();
    const epoch = await lease.hold().catch(() => 'unknown' as const);
    if (epoch === 'unknown') {
      if (!this.leads) this.#lose();
      return;
    }
    if (epoch === undefined) return this.#lose();
    this.#heldAt = askedAt;
    if (this.#ledSince !== undefined) return;
    this.#ledSince = performance.now();
    this.#lost = new AbortController();
    logger.info({ epoch }, 'this proxy maintains the certificates in Redis');
  }

  #lose(): void {
    if (this.#ledSince === undefined) return;
    this.#ledSince = undefined;
    this.#lost.abort();
    this.#options.logger.info('this proxy no longer maintains the certificates in Redis');
  }

  /** Seals records anew that the first key does not open. */
  async #sealAnew(): Promise<void> {
    const { records, logger } = this.#options;
    for (const name of records.outdated) {
      const isDone = await records.sealAnew(name);
      if (isDone) logger.info({ record: name }, 'sealed anew with the first key');
    }
  }

  async #runHosts(): Promise<void> {
    const { statuses, hosts, now } = this.#options;
    const needed = hosts();
    const stored = new Map((await statuses.list()).map((status) => [status.host, status]));
    const current: CertificateStatus[] = needed.map((host) => {
      const status = stored.get(host) ?? this.#known.get(host) ?? firstStatus(host);
      return withCertificate(status, this.#presented(host));
    });
    if (now() - this.#askedDnsMs >= dnsEveryMs) {
      this.#askedDnsMs = now();
      await this.#askDns(current);
    }
    const question = nextQuestion(current, now());
    const next = question ?? nextDue(current, now());
    for (const status of current) {
      if (status !== next) await this.#store(status, stored.get(status.host));
    }
    for (const host of stored.keys()) {
      if (needed.length > 0 && !needed.includes(host)) await statuses.remove(host);
    }
    if (next === undefined) return;
    const unready = question === undefined ? await this.#options.unready() : [];
    if (unready.length > 0) {
      // The authority may ask any of them, and a failed order would cost a pause.
      const waiting = `these proxies answer no challenges yet: ${unready.join(', ')}`;
      this.#unreadySinceMs ??= now();
      const isLong = now() - this.#unreadySinceMs >= readyWithinMs;
      await this.#store(isLong ? { ...next, waiting } : next, stored.get(next.host));
      throw new Error(waiting);
    }
    this.#unreadySinceMs = undefined;
    // An order may take minutes, in which people see that it is due.
    await this.#store(next, stored.get(next.host));
    const after = question === undefined ? await this.#order(next) : await this.#ask(next);
    await this.#store(after, next);
    this.runNow();
  }

  /** Orders sooner for the hosts whose DNS was mended. */
  async #askDns(current: CertificateStatus[]): Promise<void> {
    const { findDns, now } = this.#options;
    // At once: a resolver that lets each question wait must not hold up the orders of other hosts.
    const asked = misdirected(current, now()).map(async (status) => {
      const after = afterDnsChange(status, await findDns(status.host));
      current[current.indexOf(status)] = after;
    });
    await Promise.all(asked);
  }

  async #ask(status: CertificateStatus): Promise<CertificateStatus> {
    const { askRenewal, now, logger } = this.#options;
    const id = status.renewal?.certificateId;
    if (id === undefined) return status;
    const answer = await askRenewal(id).catch((error: unknown) => ({
      kind: 'failed' as const,
      reason: errorMessage(error),
    }));
    if (answer.kind === 'failed') {
      const { reason } = answer;
      logger.warn({ host: status.host, reason }, 'the authority did not say when to renew');
    }
    return withCertificate(afterRenewalAnswer(status, answer, now()), this.#presented(status.host));
  }

  async #order(status: CertificateStatus): Promise<CertificateStatus> {
    const { attempt, now, logger } = this.#options;
    const { host } = status;
    logger.info({ host, attempt: status.failures + 1 }, 'orders a certificate');
    const signal = AbortSignal.any([this.#stopped.signal, this.#lost.signal]);
    try {
      const certificate = await attempt.run(host, signal);
      const { notAfterMs } = certificate;
      logger.info({ host, notAfter: new Date(notAfterMs).toISOString() }, 'got a certificate');
      const presented = { ...certificate, id: idOf(host, certificate.chainPem) };
      return afterSuccess(status, presented, now());
    } catch (error) {
      if (signal.aborted) return status;
      const failure = await this.#failureFor(host, error);
      const after = afterFailure(status, failure, now());
      const next = new Date(after.nextOrderMs).toISOString();
      logger.warn({ host, ...failure, next }, 'got no certificate');
      return after;
    }
  }

  async #failureFor(host: string, error: unknown): Promise<FailureInDns> {
    const failure: OrderFailure =
      error instanceof OrderError ? error.failure : { kind: 'own', text: errorMessage(error) };
    if (failure.kind !== 'validation') return failure;
    const { findDns, publicAddresses } = this.#options;
    const expected = publicAddresses.join(', ');
    return { ...failure, found: await findDns(host), ...(expected !== '' && { expected }) };
  }

  #presented(host: string): PresentedCertificate | undefined {
    const record = this.#options.records.records.get(acmeCertificateName(host));
    const certificate = record === undefined ? undefined : certificateIn(record);
    if (certificate === undefined) return undefined;
    const { notBeforeMs, notAfterMs, chainPem } = certificate;
    return { id: idOf(host, chainPem), notBeforeMs, notAfterMs };
  }

  async #store(status: CertificateStatus, before: CertificateStatus | undefined): Promise<void> {
    this.#known.set(status.host, status);
    const written: unknown = JSON.parse(JSON.stringify(status));
    if (isDeepStrictEqual(written, before)) return;
    await this.#options.statuses.write(status);
  }
}

/** Certificates without a key identifier have no name at their authority. */
function idOf(host: string, chainPem: string): string {
  return certificateId(chainPem) ?? host;
}
