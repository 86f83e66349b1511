import type { Logger } from 'pino';
import { ejectionOf, ejectionOfCanary, releaseEvidence } from '../../core/ejection/ejection.ts';
import type { Incident } from '../../core/alerting/incident.ts';
import type { Reading } from '../../core/alerting/readings.ts';
import type { Member, ReleaseDocument } from '../../core/release/release-document.ts';
import { applyRollout } from '../../core/analysis/rollout.ts';
import { nearRules } from '../../core/alerting/rule-evaluation.ts';
import { nextTrial } from '../../core/analysis/trial.ts';
import type { FlagStore } from '../../store/flags/flag-store.ts';
import type { IncidentStore } from '../../store/incidents/incident-store.ts';
import type { JudgeStore } from '../../store/judge/judge-store.ts';
import type { ReleaseStore } from '../../store/release/release-store.ts';
import { disableFlags } from './disable-flags.ts';
import { ejectCondemned } from './eject-canary.ts';
import type { ChannelEvent } from '../notify/deliverer.ts';
import { assess, explained, type Assessment, type AssessSettings, type Memory } from './assess.ts';
import { HealthHistory } from './health-history.ts';
import { IncidentBook } from './incident-book.ts';
import type { CycleReport } from './cycle-report.ts';
import { readInputs, type InputReaders, type CycleInputs } from './read-inputs.ts';
import { ProblemBook, type Problem } from './problem-book.ts';
import {
  memoryProblems,
  pausedRollout,
  releaseProblem,
  silentHosts,
  sourceProblems,
} from './problems.ts';
import { tellOfProblems, tellOfRules, type LastHeard } from './sync-incidents.ts';
import type { RuleEvaluator } from '../rules/rule-evaluator.ts';

export interface JudgeOptions extends InputReaders, AssessSettings {
  readonly service: string;
  /** Who judges, for the document, events and the opinion. */
  readonly by: string;
  readonly incidents: IncidentStore;
  readonly judgeStore: JudgeStore;
  readonly flags: Pick<FlagStore, 'disable'>;
  /** With the leader's epoch. */
  readonly releases: Pick<ReleaseStore, 'read' | 'change'>;
  readonly book: RuleEvaluator;
  readonly channels: readonly string[];
  readonly reAlertMs: number;
  /** Readings that come from elsewhere, such as alarms; must answer at once. */
  readonly extraReadings: () => readonly Reading[];
  /** Problems that come from elsewhere. */
  readonly extraProblems: () => readonly Problem[];
  /** What became known of the channels since it was asked last. */
  readonly takeChannelEvents: () => readonly ChannelEvent[];
  /** Which members have nobody listening. */
  readonly refusing: (members: readonly Member[]) => Promise<readonly Member[]>;
  /** Hears of every look at a release that ended well; must answer at once. */
  readonly onCycle: (look: CycleReport) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

const tidyEveryMs = 3_600_000;
/** How long a resolved incident can be looked at, milliseconds: a week. */
const keptMs = 604_800_000;

/**
 * One look a second of the leader: see, decide, take the canary out if it must go, and only then
 * tell. What it remembers is of one term; the next leader begins with what is in Redis.
 */
export class Judge {
  readonly #options: JudgeOptions;
  readonly #epoch: number;
  readonly #memory: Memory;
  readonly #problems = new ProblemBook();
  readonly #lastHeard: LastHeard = new Map();
  readonly #heardHosts = new Set<string>();
  #hadRelease = false;
  #tidiedAt = 0;

  constructor(options: JudgeOptions, epoch: number) {
    this.#options = options;
    this.#epoch = epoch;
    this.#memory = { book: options.book, health: new HealthHistory() };
  }

  /** @throws PerchError `fenced` when another leads now, `redis_unavailable`, `redis_refused`. */
  async look(): Promise<void> {
    const { service, actions, extraReadings, flags, now, refusing, onCycle } = this.#options;
    const seen = await readInputs(this.#options, now());
    const incidents = this.#incidentsOf(seen);
    await this.#hearOfChannels(incidents);
    if (seen.release.kind !== 'found') {
      const lost = seen.release.kind === 'invalid' || this.#hadRelease;
      const problems = lost ? [releaseProblem(seen.release, service)] : [];
      const sources = sourceProblems(seen.samples);
      await this.#tellOfProblems(incidents, seen, [...problems, ...sources]);
      return;
    }
    this.#hadRelease = true;
    const { document } = seen.release;
    const first = assess(seen, document, extraReadings(), this.#memory, this.#options);
    const assessment = await explained(first, document, refusing, actions, seen.nowMs);
    const after = await this.#act(assessment, document, seen.nowMs);
    await this.#remember(assessment, seen, after);
    await this.#completeEjection(incidents, after);
    const disable = (keys: readonly string[], why: string) => disableFlags(flags, keys, why);
    const means = { lastHeard: this.#lastHeard, nowMs: seen.nowMs, disable };
    await tellOfRules(incidents, assessment, after, means);
    await this.#tellOfProblems(incidents, seen, this.#problemsOf(incidents, seen, after));
    const { nowMs, buckets } = seen;
    const { verdict } = assessment;
    onCycle({ nowMs, buckets, weight: after.weight, verdict, open: incidents.open });
  }

  /** Answers the document after what was done. */
  async #act(
    assessment: Assessment,
    document: ReleaseDocument,
    nowMs: number,
  ): Promise<ReleaseDocument> {
    const { ejection, rollout, trial, verdict } = assessment;
    const { logger, releases } = this.#options;
    if (ejection !== undefined && trial !== undefined) {
      const outcome = await ejectCondemned(releases, { ejection, verdict, trial }, nowMs);
      if (outcome.kind === 'changed') logger.warn({ ejection }, 'canary ejected');
      return outcome.kind === 'refused' ? document : outcome.document;
    }
    if (rollout.kind === 'stay') return document;
    const outcome = await releases.change((current) =>
      current.generation === document.generation
        ? applyRollout(current, rollout, releaseEvidence({ ...verdict }))
        : { kind: 'unchanged' },
    );
    return outcome.kind === 'refused' ? document : outcome.document;
  }

  /** The rest of an ejection, once, whoever took the canary out: its flags and its incident. */
  async #completeEjection(incidents: IncidentBook, document: ReleaseDocument): Promise<void> {
    const ejection = ejectionOf(document);
    if (ejection === undefined) return;
    const { incidentId, details, flags } = ejection;
    const told = incidents.find(ejectionOfCanary);
    if (told?.id === incidentId) return await this.#remindOfEjection(incidents, told);
    const done = await disableFlags(this.#options.flags, flags, details.summary);
    const all = { ...details, actions: [...details.actions, ...done] };
    await incidents.breach({ ...ejectionOfCanary, id: incidentId, details: all });
  }

  /** Once: a canary that is out does no more harm, however long it stays out. */
  async #remindOfEjection(incidents: IncidentBook, told: Incident): Promise<void> {
    const { id, details, openedAt, alertedAt, resolvedAt } = told;
    if (resolvedAt !== null || alertedAt > openedAt) return;
    await incidents.breach({ ...ejectionOfCanary, id, details });
  }

  /** An ejection ends the trial at once: who comes back before the next look is not blamed again. */
  async #remember(
    assessment: Assessment,
    { nowMs: at, trial: before }: CycleInputs,
    document: ReleaseDocument,
  ): Promise<void> {
    const { judgeStore, by: leader } = this.#options;
    const { verdict = null, evaluations } = assessment;
    const trial = nextTrial(assessment.trial, document, at);
    if (trial !== undefined && trial !== before) {
      await judgeStore.writeTrial(trial, this.#epoch);
    }
    const judgeStatus = { at, leader, verdict, near: nearRules(evaluations) };
    await judgeStore.writeJudgeStatus(judgeStatus, this.#epoch);
  }

  #problemsOf(
    incidents: IncidentBook,
    { samples }: CycleInputs,
    document: ReleaseDocument,
  ): Problem[] {
    for (const { host } of samples) this.#heardHosts.add(host);
    // What the leader before heard.
    for (const { rule, subject } of incidents.open) {
      if (rule === 'host-silent') this.#heardHosts.add(subject);
    }
    return [
      ...sourceProblems(samples),
      ...memoryProblems(samples),
      ...silentHosts(this.#heardHosts, samples, document),
      ...pausedRollout(document),
    ];
  }

  async #tellOfProblems(
    incidents: IncidentBook,
    { nowMs }: CycleInputs,
    problems: readonly Problem[],
  ): Promise<void> {
    const all = [...problems, ...this.#options.extraProblems()];
    await tellOfProblems(incidents, this.#problems, all, nowMs);
    if (nowMs - this.#tidiedAt < tidyEveryMs) return;
    this.#tidiedAt = nowMs;
    await this.#options.incidents.forgetResolved(nowMs - keptMs, [ejectionOfCanary.rule]);
  }

  /** A channel that gave up is told of through the others. */
  async #hearOfChannels(incidents: IncidentBook): Promise<void> {
    for (const incident of incidents.open) {
      const { rule, subject } = incident;
      if (rule !== 'channel-failed' || this.#options.channels.includes(subject)) continue;
      await incidents.recover(incident, { summary: `${subject} is not a channel any more` });
    }
    for (const { channel, kind, reason } of this.#options.takeChannelEvents()) {
      const of = { rule: 'channel-failed', subject: channel };
      if (kind === 'given-up') {
        const details = { summary: `a notice by ${channel} was given up: ${reason}`, actions: [] };
        const others = this.#options.channels.filter((other) => other !== channel);
        await incidents.breach({ ...of, details }, others);
        continue;
      }
      const incident = incidents.find(of);
      if (incident?.resolvedAt !== null) continue;
      await incidents.recover(incident, { summary: `${channel} delivers again` });
    }
  }

  #incidentsOf({ incidents: stored, nowMs }: CycleInputs): IncidentBook {
    const { incidents: store, by, channels, reAlertMs } = this.#options;
    const writer = { by, epoch: this.#epoch, channels };
    return new IncidentBook({ store, stored, writer, reAlertMs, nowMs });
  }
}
