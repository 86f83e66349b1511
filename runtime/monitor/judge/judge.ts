import type { Logger } from 'pino';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { nearRules } from '../../core/alerting/rule-evaluation.ts';
import { nextTrial } from '../../core/analysis/trial.ts';
import type { IncidentStore } from '../../store/incidents/incident-store.ts';
import type { JudgeStore } from '../../store/judge/judge-store.ts';
import type { ReleaseStore } from '../../store/release/release-store.ts';
import { applyDecision } from './apply-decision.ts';
import { withCrashReason, type FindRefusing } from './crash-reason.ts';
import { CycleIncidents } from './cycle-incidents.ts';
import type { CycleReport } from './cycle-report.ts';
import {
  decide,
  initialState,
  type Decision,
  type DecisionSettings,
  type JudgeState,
} from './decide.ts';
import { lostRelease } from './problems.ts';
import { readInputs, type CycleInputs, type InputReaders } from './read-inputs.ts';
import { IncidentSync, type IncidentSyncOptions } from './sync-incidents.ts';

export interface JudgeOptions extends InputReaders, DecisionSettings, IncidentSyncOptions {
  /** Name of this monitor, for the document, the events and the judge status. */
  readonly by: string;
  readonly incidents: IncidentStore;
  readonly judgeStore: JudgeStore;
  /** Store that writes with the leader's epoch. */
  readonly releases: Pick<ReleaseStore, 'read' | 'change'>;
  readonly reAlertMs: number;
  readonly findRefusing: FindRefusing;
  /** Called after each cycle that found a release document; returns at once. */
  readonly onCycle: (report: CycleReport) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * The leader's cycle, once a second: read, decide, act, report. A canary is ejected before anybody
 * is notified of the ejection. Its state is that of one term; the next leader begins with what is in Redis.
 */
export class Judge {
  readonly #options: JudgeOptions;
  readonly #epoch: number;
  readonly #sync: IncidentSync;
  #state: JudgeState = initialState;

  constructor(options: JudgeOptions, epoch: number) {
    this.#options = options;
    this.#epoch = epoch;
    this.#sync = new IncidentSync(options);
  }

  /** @throws PerchError `fenced` if another monitor leads now, `redis_unavailable`, `redis_refused`. */
  async runCycle(): Promise<void> {
    try {
      await this.#runCycle();
    } catch (error) {
      this.#options.traffic.reread();
      throw error;
    }
  }

  async #runCycle(): Promise<void> {
    const inputs = await readInputs(this.#options, this.#options.now());
    const incidents = this.#incidentsOf(inputs);
    const release = lostRelease(inputs) ?? inputs.release;
    await this.#sync.begin(incidents, inputs);
    if (release.kind !== 'found') {
      await this.#sync.syncWithoutRelease(incidents, inputs, release);
      return;
    }
    const { document } = release;
    const { state, decision } = decide(this.#state, { ...inputs, document }, this.#options);
    this.#state = state;
    const reasoned = await withCrashReason(decision, document.members, this.#options.findRefusing);
    const changed = await this.#act(reasoned, inputs, document);
    await this.#store(reasoned, inputs, changed);
    await this.#sync.sync(incidents, inputs, reasoned, changed);
    const { nowMs, buckets } = inputs;
    const { verdict } = reasoned;
    const { weight } = changed;
    this.#options.onCycle({ nowMs, buckets, weight, verdict, open: incidents.open });
  }

  /** Returns the release document afterwards. */
  async #act(
    decision: Decision,
    { nowMs }: CycleInputs,
    document: ReleaseDocument,
  ): Promise<ReleaseDocument> {
    const { releases, logger } = this.#options;
    const applied = await applyDecision(releases, decision, document, nowMs);
    const { ejection } = applied;
    if (ejection !== undefined) logger.warn({ ejection }, 'canary ejected');
    return applied.document;
  }

  /**
   * Stores the trial and the judge status. The trial of an ejected canary ends at once: if the
   * canary is reinstated before the next cycle, it is not judged by its old traffic.
   */
  async #store(
    { trial: decided, verdict, evaluations }: Decision,
    { nowMs: at, trial: stored }: CycleInputs,
    document: ReleaseDocument,
  ): Promise<void> {
    const { judgeStore, by: leader } = this.#options;
    const trial = nextTrial(decided, document, at);
    if (trial !== undefined && trial !== stored) await judgeStore.writeTrial(trial, this.#epoch);
    const near = nearRules(evaluations);
    await judgeStore.writeJudgeStatus({ at, leader, verdict: verdict ?? null, near }, this.#epoch);
  }

  #incidentsOf({ incidents: stored, mutes, nowMs }: CycleInputs): CycleIncidents {
    const { incidents: store, by, channels, reAlertMs } = this.#options;
    const writer = { by, epoch: this.#epoch, channels };
    return new CycleIncidents({ store, stored, mutes, writer, reAlertMs, nowMs });
  }
}
