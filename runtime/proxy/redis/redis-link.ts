import { join } from 'node:path';
import type { Logger } from 'pino';
import { hasJudge } from '../../store/judge/lease.ts';
import { Periodic } from '../../store/local/periodic.ts';
import {
  ProxyReports,
  type ProxyReport,
  type Withheld,
} from '../../store/release/proxy-reports.ts';
import type { ReleaseSource } from '../../store/release/release-source.ts';
import { MaintenanceWatch } from '../../store/release/maintenance-watch.ts';
import type { Maintenance } from '../../core/release/maintenance.ts';
import { ReleaseWatch } from '../../store/release/release-watch.ts';
import { TrafficStore } from '../../store/judge/traffic-store.ts';
import type { CookieKeys } from '../clients/cookie-keys.ts';
import { EdgeLink, type EdgeOfProxy } from '../acme/edge-link.ts';
import { AffinitySync } from './affinity-sync.ts';
import { EventLog } from '../../store/incidents/event-log.ts';
import { FindingLog } from './finding-log.ts';
import { JudgeWatch } from './judge-watch.ts';
import { LocalJudge } from './local-judge.ts';
import { LocalTraffic } from './local-traffic.ts';
import type { RedisSession } from './redis-session.ts';
import { ReportLoop } from './report-loop.ts';
import { SplitGuard } from './split-guard.ts';
import type { TrafficCounter } from './traffic-counter.ts';
import { TrafficFlush } from './traffic-flush.ts';

export interface RedisLinkOptions {
  readonly session: RedisSession;
  readonly service: string;
  /** The proxy's id. */
  readonly id: string;
  readonly stateDir: string | undefined;
  readonly traffic: TrafficCounter;
  readonly cookieKeys: CookieKeys;
  readonly report: () => ProxyReport;
  /** Longest time that a canary with a share may have no judge, milliseconds. */
  readonly judgeTimeoutMs: number;
  /** Longest time that a canary keeps its share without a judge, milliseconds; 0: no limit. */
  readonly unjudgedAfterMs: number;
  /** Called when the canary's share is withheld, and when it is no longer. */
  readonly onWithheld: (withheld: Withheld | undefined) => void;
  /** Called with each record of the service's maintenance. */
  readonly onMaintenance: (maintenance: Maintenance) => void;
  /** Certificates of the edge; undefined: this proxy does no TLS by Redis. */
  readonly edge: EdgeOfProxy | undefined;
  readonly logger: Logger;
}

/** Longest wait for Redis with the last good document at hand, milliseconds. */
const patienceMs = 300;

/** Path of the file that retains a service's last good document. */
export function lastGoodFile(stateDir: string, service: string): string {
  return join(stateDir, `release-${service}.json`);
}

/** Path of the file that retains the keys of a service's affinity cookies. */
function cookieKeyFile(stateDir: string, service: string): string {
  return join(stateDir, `cookie-key-${service}.json`);
}

/** Path of the file that retains the last record of a service's maintenance. */
function maintenanceFile(stateDir: string, service: string): string {
  return join(stateDir, `maintenance-${service}.json`);
}

/** Everything that a proxy exchanges with Redis for one service. No request ever waits for it. */
export class RedisLink {
  readonly #source: ReleaseWatch;
  readonly #session: RedisSession;
  readonly #reports: ReportLoop;
  readonly #flush: TrafficFlush;
  readonly #judge: JudgeWatch;
  readonly #guard: SplitGuard;
  readonly #findings: FindingLog;
  readonly #judgePoll: Periodic;
  readonly #affinity: AffinitySync;
  readonly #maintenance: MaintenanceWatch;
  readonly #edge: EdgeLink | undefined;

  constructor(options: RedisLinkOptions) {
    const { session, service, id, stateDir, traffic, report, judgeTimeoutMs, logger } = options;
    const { redis } = session;
    this.#session = session;
    const { unjudgedAfterMs, onWithheld } = options;
    this.#source = new ReleaseWatch({
      redis,
      service,
      logger,
      offersLastGood: true,
      ...(stateDir === undefined ? {} : { lastGoodFile: lastGoodFile(stateDir, service) }),
    });
    this.#reports = new ReportLoop({
      report,
      reports: new ProxyReports(redis, service),
      logger,
    });
    const now = () => session.clock.now();
    const recent = new LocalTraffic(traffic, now);
    this.#flush = new TrafficFlush({
      counter: recent,
      store: new TrafficStore(redis, service),
      writer: id,
      logger,
    });
    this.#affinity = new AffinitySync({
      redis,
      service,
      source: this.#source,
      file: stateDir === undefined ? undefined : cookieKeyFile(stateDir, service),
      keys: options.cookieKeys,
      counter: traffic.clients,
      logger,
    });
    this.#maintenance = new MaintenanceWatch({
      poll: session.maintenancePoll,
      service,
      file: stateDir === undefined ? undefined : maintenanceFile(stateDir, service),
      onChange: (maintenance) => {
        options.onMaintenance(maintenance);
        this.#reports.reportNow();
      },
      logger,
    });
    this.#judge = new JudgeWatch({
      timeoutMs: judgeTimeoutMs,
      onChange: (missing) => {
        if (missing) logger.warn({ judgeTimeoutMs }, 'the canary has a share but no judge');
        else logger.info('the canary has a judge again, or needs none');
      },
    });
    this.#findings = new FindingLog({
      events: new EventLog(redis, service),
      by: `proxy ${id}`,
      logger,
    });
    this.#guard = new SplitGuard({
      judge: new LocalJudge({ traffic: recent, now }),
      unjudgedAfterMs,
      now,
      onChange: (withheld) => {
        onWithheld(withheld);
        this.#findings.add(withheld);
        this.#reports.reportNow();
      },
      logger,
    });
    this.#source.onChange((document) => this.#guard.follow(document));
    this.#edge =
      options.edge === undefined
        ? undefined
        : new EdgeLink({
            ...options.edge,
            redis,
            service,
            id,
            stateDir,
            onReport: () => this.#reports.reportNow(),
            now,
            logger,
          });
    this.#judgePoll = new Periodic(() => this.#checkJudge(service), 1_000);
  }

  get source(): ReleaseSource {
    return this.#source;
  }

  /**
   * Settles when the first read of the release document has succeeded or failed. With the last good
   * document, a Redis that does not answer holds it up only briefly.
   */
  async start(): Promise<void> {
    await Promise.all([this.#source.restore(), this.#maintenance.restore(), this.#edge?.restore()]);
    await this.#session.attempted(this.#source.current === undefined ? undefined : patienceMs);
    await this.#source.start();
    await Promise.all([this.#affinity.start(), this.#maintenance.start(), this.#edge?.start()]);
  }

  /** Part of the proxy's report that is about the service's maintenance. */
  get maintenanceReport(): Pick<ProxyReport, 'maintenance'> {
    const { on = false, at = 0 } = this.#maintenance.current ?? {};
    return { maintenance: { on, at } };
  }

  /** Part of the proxy's report that is about certificates. */
  get edgeReport(): EdgeLink['report'] {
    return this.#edge?.report ?? {};
  }

  /** Returns the answer to an http-01 challenge, from memory; undefined if no order asks for it. */
  challengeAnswer(token: string): string | undefined {
    return this.#edge?.challengeAnswer(token);
  }

  /** True if Redis took the last report. */
  get up(): boolean {
    return this.#reports.delivered;
  }

  /** True if a canary with a share has had no judge for longer than the judge timeout. */
  get judgeMissing(): boolean {
    return this.#judge.missing;
  }

  /** Reason for which the canary's share is withheld; undefined while the canary gets it. */
  get withheld(): Withheld | undefined {
    return this.#guard.withheld;
  }

  reportNow(): void {
    this.#reports.reportNow();
  }

  /** Flushes the last counts and withdraws the report. */
  async stop(): Promise<void> {
    await Promise.all([
      this.#judgePoll.stop(),
      this.#affinity.stop(),
      this.#maintenance.stop(),
      this.#edge?.stop(),
    ]);
    await Promise.all([this.#source.stop(), this.#flush.stop(), this.#reports.stop()]);
  }

  /** Never throws. */
  async #checkJudge(service: string): Promise<void> {
    const { current } = this.#source;
    // Only a canary with a share needs one.
    const isNeeded = (current?.weight ?? 0) > 0;
    const live = isNeeded && (await hasJudge(this.#session.redis, service).catch(() => false));
    this.#judge.update(live, current);
    this.#guard.update({ judged: live && this.up, counted: !this.#flush.refused }, current);
    if (this.up) await this.#findings.record();
  }
}
