import type { Redis } from 'ioredis';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { redisKeys } from '../../contract/redis-keys.ts';
import { certificateIn, openCertificateIn, ownerOf } from '../../store/edge/certificate-record.ts';
import { CertificateStatusStore } from '../../store/edge/certificate-status-store.ts';
import { ChallengeStore } from '../../store/edge/challenge-store.ts';
import { EdgeRecordWatch } from '../../store/edge/edge-record-watch.ts';
import { EdgeRecords, type EdgeRecord } from '../../store/edge/edge-records.ts';
import { SealingKeys } from '../../store/edge/sealing-keys.ts';
import { Lease } from '../../store/judge/lease.ts';
import { FailureLog } from '../../store/local/failure-log.ts';
import { HintedPoll } from '../../store/redis/hinted-poll.ts';
import { ProxyReports, type ProxyReport } from '../../store/release/proxy-reports.ts';
import { CertificateOrderer } from './certificate-orderer.ts';
import { ChallengeAnswers } from './challenge-answers.ts';
import { dnsFinding, ownResolver, type AddressResolver } from './dns-finding.ts';
import { OrderAttempt } from './order-attempt.ts';
import type { Authority } from './order-messages.ts';
import { askRenewal } from './renewal-question.ts';
import type { HeldCertificate } from '../../core/edge/presented-certificates.ts';

export interface AcmeOptions {
  readonly authority: Authority;
  /** Address that the authority may write to. */
  readonly email: string | undefined;
  /** Addresses that DNS should have for the hosts, for messages. */
  readonly publicAddresses: readonly string[];
  /** Host names that need a certificate; none: nothing is ordered. */
  readonly hosts: () => readonly string[];
}

export interface EdgeLinkOptions {
  readonly redis: Redis;
  /** Edge service, to which the proxies belong. */
  readonly service: string;
  /** The proxy's id. */
  readonly id: string;
  readonly stateDir: string | undefined;
  /** Keys that seal the edge's secrets, base64; the first seals. Secret. */
  readonly sealingKeys: readonly string[];
  readonly acme: AcmeOptions;
  /** Called with all certificates whenever one changes. Must not throw. */
  readonly onCertificates: (held: readonly HeldCertificate[]) => void;
  /** Called when the report has changed. */
  readonly onReport: () => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
  /** Finds addresses of host names. Default: by the DNS servers of this machine. */
  readonly resolver?: AddressResolver;
  /** Time after it got the lease before it orders, milliseconds. Default 5,000. */
  readonly calmMs?: number;
}

/** Options that the settings of a proxy determine. */
export type EdgeOfProxy = Pick<EdgeLinkOptions, 'sealingKeys' | 'acme' | 'onCertificates'>;

/** Lifetime of the orderer's lease, milliseconds. */
const leaseTtlMs = 12_000;
const pollIntervalMs = 1_000;

/** Path of the file that retains the certificates and accounts of an edge, secrets included. */
function certificatesFile(stateDir: string, service: string): string {
  return join(stateDir, `certificates-${service}.json`);
}

/**
 * Certificates and challenges of the edge: what this proxy presents and answers, from memory, and the
 * orders of certificates while it is the one that orders.
 */
export class EdgeLink {
  readonly #options: EdgeLinkOptions;
  readonly #records: EdgeRecordWatch;
  readonly #challenges: ChallengeStore;
  readonly #answers = new ChallengeAnswers();
  readonly #failures: FailureLog;
  readonly #poll: HintedPoll;
  readonly #orderer: CertificateOrderer;

  constructor(options: EdgeLinkOptions) {
    const { redis, service, stateDir, sealingKeys, logger } = options;
    this.#options = options;
    this.#records = new EdgeRecordWatch({
      store: new EdgeRecords(redis, service, new SealingKeys(sealingKeys)),
      file: stateDir === undefined ? undefined : certificatesFile(stateDir, service),
      logger,
    });
    this.#records.onChange((records) => {
      options.onCertificates(certificatesIn(records.values()));
      options.onReport();
      this.#orderer.runNow();
    });
    this.#challenges = new ChallengeStore(redis, service);
    this.#failures = new FailureLog(logger, 'the challenges were not read from Redis');
    this.#poll = new HintedPoll({
      redis,
      channel: redisKeys(service).certificatesChanged,
      intervalMs: pollIntervalMs,
      job: async () => {
        await Promise.all([this.#records.poll(), this.#readChallenges()]);
      },
    });
    this.#orderer = this.#newOrderer(options.acme);
  }

  /**
   * Part of the proxy's report: whether it uses ACME, which challenges it answers, and which
   * certificates of services it has.
   */
  get report(): Pick<ProxyReport, 'acme' | 'challenges' | 'ownCertificates'> {
    const { tokens } = this.#answers;
    const own = [...this.#records.records.values()].flatMap((record) => {
      const service = ownerOf(record);
      if (service === undefined) return [];
      const { notBeforeMs, notAfterMs } = openCertificateIn(record) ?? {};
      return [[service, { revision: record.revision, notBeforeMs, notAfterMs }] as const];
    });
    return {
      ownCertificates: Object.fromEntries(own),
      ...(this.#options.acme.hosts().length > 0 && { acme: true }),
      ...(tokens.length > 0 && { challenges: [...tokens] }),
    };
  }

  /** Returns the answer to an http-01 challenge, from memory; undefined if no order asks for it. */
  challengeAnswer(token: string): string | undefined {
    return this.#answers.answer(token);
  }

  /** Takes the certificates that an earlier process retained. */
  async restore(): Promise<void> {
    await this.#records.restore();
  }

  /** Settles when Redis was read once, even without success. */
  async start(): Promise<void> {
    await this.#poll.start();
    this.#orderer.start();
  }

  async stop(): Promise<void> {
    await this.#orderer.stop();
    await this.#poll.stop();
    await this.#records.settled();
  }

  #newOrderer({ authority, email, publicAddresses, hosts }: AcmeOptions): CertificateOrderer {
    const { redis, service, id, now, logger, calmMs } = this.#options;
    const { orderer: lease, ordererEpoch: epoch } = redisKeys(service);
    const resolver = this.#options.resolver ?? ownResolver();
    const reports = new ProxyReports(redis, service);
    return new CertificateOrderer({
      lease: new Lease(redis, service, {
        holder: id,
        ttlMs: leaseTtlMs,
        keys: { lease, epoch },
      }),
      leaseTtlMs,
      records: this.#records,
      statuses: new CertificateStatusStore(redis, service),
      hosts,
      attempt: new OrderAttempt({
        authority,
        email,
        records: this.#records,
        challenges: this.#challenges,
        reports,
        now,
        logger,
      }),
      unready: async () => {
        const all = await reports.list();
        return all.filter((report) => report.acme !== true).map((report) => report.id);
      },
      askRenewal: (certificateId) => askRenewal(authority, certificateId, now()),
      findDns: (host) => dnsFinding(host, resolver),
      publicAddresses,
      now,
      logger,
      ...(calmMs !== undefined && { calmMs }),
    });
  }

  /** Keeps the answers while Redis does not answer: they expire, and are public. */
  async #readChallenges(): Promise<void> {
    const { now, onReport } = this.#options;
    try {
      const stored = await this.#challenges.list();
      const current = stored.filter(({ expiresMs }) => expiresMs > now());
      if (this.#answers.replace(current)) onReport();
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }
}

/** In the order of their names, so that all proxies present them alike. */
function certificatesIn(records: Iterable<EdgeRecord>): HeldCertificate[] {
  return Array.from(records)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((record) => {
      const certificate = certificateIn(record);
      return certificate === undefined ? [] : [{ certificate, service: ownerOf(record) }];
    });
}
