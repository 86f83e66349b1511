import type { Logger } from 'pino';
import { hostEjections, type HostEjection } from '../../core/ejection/host-ejections.ts';
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
  /** What the other hosts look like. */
  readonly samples: Pick<SampleStore, 'list'>;
  /** What was broken before this monitor began. */
  readonly incidents: Pick<IncidentStore, 'list'>;
  /** Rules that eject the canary. */
  readonly rules: readonly Rule[];
  readonly hardFailures: HardFailureSettings;
  /** What a canary that fails a gate brings about. */
  readonly actions: readonly Action[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** A leader takes such a canary out within seconds; if none does, there is none, or a sick one. */
const leaderTimeMs = 6_000;

/**
 * Every monitor watches over the canaries of its own host, whoever leads: one that must go, and
 * that no leader takes out, is told to leave.
 */
export class CanaryGuard {
  readonly #options: CanaryGuardOptions;
  #since = new Map<string, number>();
  #trial: Trial | undefined;
  #ruleStates: RuleStates = new Map();
  readonly #failures: FailureLog;

  constructor(options: CanaryGuardOptions) {
    this.#options = options;
    this.#failures = new FailureLog(options.logger, 'the monitor cannot watch over the canary');
  }

  /** Looks at a new sample of this host. Never throws. */
  async look(sample: HostSample): Promise<void> {
    const { releases } = this.#options;
    try {
      const read = await releases.read();
      if (read.kind === 'found') await this.#guard(await this.#condemned(sample, read.document));
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }

  async #guard(condemned: ReadonlyMap<string, HostEjection>): Promise<void> {
    const { by, orders, now, logger } = this.#options;
    const ids = [...condemned.keys()];
    this.#since = new Map(ids.map((id) => [id, this.#since.get(id) ?? now()]));
    for (const [id, why] of condemned) {
      if (now() - (this.#since.get(id) ?? now()) < leaderTimeMs) continue;
      await orders.give(id, { by, ...why });
      logger.warn({ member: id, ...why }, 'told the canary to leave, for nobody took it out');
    }
  }

  async #condemned(
    sample: HostSample,
    document: ReleaseDocument,
  ): Promise<ReadonlyMap<string, HostEjection>> {
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
