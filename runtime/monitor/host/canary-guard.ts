import type { Logger } from 'pino';
import { hostEjections } from '../../core/ejection/host-ejections.ts';
import type { HardFailureSettings } from '../../core/analysis/hard-failures.ts';
import type { HostSample } from '../../core/host/host-sample.ts';
import { hostReadings, workloadReadings } from '../../core/alerting/readings.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { evaluateRules, type RuleStates } from '../../core/alerting/evaluate-rules.ts';
import type { Action, Rule } from '../../core/alerting/rule.ts';
import { nextTrial, type Trial } from '../../core/analysis/trial.ts';
import type { IncidentStore } from '../../store/incidents/incident-store.ts';
import type { EjectionOrders } from '../../store/release/ejection-orders.ts';
import type { ReleaseStore } from '../../store/release/release-store.ts';
import type { SampleStore } from '../../store/judge/sample-store.ts';
import { FailureLog } from '../../store/local/failure-log.ts';

export interface CanaryGuardOptions {
  readonly by: string;
  readonly releases: Pick<ReleaseStore, 'read'>;
  readonly orders: Pick<EjectionOrders, 'give'>;
  /** Newest samples of all hosts. */
  readonly samples: Pick<SampleStore, 'list'>;
  /** Incidents that opened before this monitor started. */
  readonly incidents: Pick<IncidentStore, 'list'>;
  /** Rules that eject the canary. */
  readonly rules: readonly Rule[];
  readonly hardFailures: HardFailureSettings;
  /** Actions of a hard failure. */
  readonly actions: readonly Action[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Time for a leader to eject the canary, milliseconds. After it there is no working leader. */
const leaderTimeMs = 6_000;

type HostEjections = ReturnType<typeof hostEjections>;

/**
 * Guards the canaries of one host on every monitor, with or without a leader: orders a canary to
 * eject itself if it has to be ejected and no leader does it in time.
 */
export class CanaryGuard {
  readonly #options: CanaryGuardOptions;
  /** Member id -> start of its need for an ejection. */
  #since = new Map<string, number>();
  #trial: Trial | undefined;
  #ruleStates: RuleStates = new Map();
  readonly #failures: FailureLog;

  constructor(options: CanaryGuardOptions) {
    this.#options = options;
    this.#failures = new FailureLog(
      options.logger,
      'the monitor cannot guard the canaries of its host',
    );
  }

  /** Checks a new sample of this host. Never throws. */
  async check(sample: HostSample): Promise<void> {
    const { releases } = this.#options;
    try {
      const read = await releases.read();
      if (read.kind === 'found') {
        await this.#order(await this.#ejections(sample, read.document));
      }
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }

  async #order(ejections: HostEjections): Promise<void> {
    const { by, orders, now, logger } = this.#options;
    const ids = [...ejections.keys()];
    this.#since = new Map(ids.map((id) => [id, this.#since.get(id) ?? now()]));
    for (const [id, ejection] of ejections) {
      if (now() - (this.#since.get(id) ?? now()) < leaderTimeMs) continue;
      await orders.give(id, { by, ...ejection });
      logger.warn(
        { member: id, ...ejection },
        'the monitor ordered the canary to eject itself, because no leader ejected it',
      );
    }
  }

  async #ejections(sample: HostSample, document: ReleaseDocument): Promise<HostEjections> {
    const { rules, hardFailures, actions, samples, incidents, now } = this.#options;
    const { members } = document;
    const [known, open] = await Promise.all([samples.list(), incidents.list()]);
    const nowMs = now();
    const newest = [sample, ...known.filter(({ host }) => host !== sample.host)];
    const readings = newest.flatMap((one) => [
      ...hostReadings(one),
      ...one.workloads.flatMap((workload) => workloadReadings(one, workload, nowMs)),
    ]);
    const inputs = { rules, readings, incidents: open, nowMs };
    const { states, evaluations } = evaluateRules(this.#ruleStates, inputs);
    this.#ruleStates = states;
    this.#trial = nextTrial(this.#trial, document, nowMs);
    const trial = this.#trial;
    if (trial?.endedAt !== null) return new Map();
    return hostEjections({ members, trial, sample, evaluations, hardFailures, actions, nowMs });
  }
}
