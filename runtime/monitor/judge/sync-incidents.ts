import { alertingRules } from '../../core/ejection/attribution.ts';
import { ejectionOfCanary } from '../../core/ejection/ejection.ts';
import { incidentKey, isBreaching, type Incident } from '../../core/alerting/incident.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { flagsOf } from '../../core/alerting/rule.ts';
import { detailsOf } from '../../core/alerting/rule-evaluation.ts';
import type { FlagStore } from '../../store/flags/flag-store.ts';
import { resolvedKeptMs, type IncidentStore } from '../../store/incidents/incident-store.ts';
import type { ChannelHealth } from '../notify/channel-health.ts';
import { syncChannels } from './channel-incidents.ts';
import {
  certificateProblems,
  certificateResolution,
  certificateRules,
} from './certificate-problems.ts';
import type { CycleIncidents } from './cycle-incidents.ts';
import type { Decision } from './decide.ts';
import { disableFlags } from './disable-flags.ts';
import { syncEjection } from './ejection-incident.ts';
import { goneHostResolution, goneResolution } from './gone-subjects.ts';
import { lastingProblems, type Problem, type ProblemsSince } from './lasting-problems.ts';
import {
  clockProblems,
  exhaustedProxyProblems,
  hostSilent,
  memoryShort,
  memoryProblems,
  startProblems,
  pausedRollout,
  pauseResolution,
  redisRepaired,
  releaseProblem,
  repairProblems,
  rolloutPaused,
  silentHosts,
  sourceProblems,
  type LostRelease,
} from './problems.ts';
import type { CycleInputs } from './read-inputs.ts';
import { proxySilent, silentProxyProblems, silentProxyResolution } from './silent-proxies.ts';
import {
  ejectionResolution,
  isEjection,
  isMeasured,
  isProblem,
  ruleResolution,
  type Resolution,
} from './resolutions.ts';

export interface IncidentSyncOptions {
  readonly service: string;
  readonly incidents: Pick<IncidentStore, 'forgetResolved'>;
  readonly flags: Pick<FlagStore, 'disable'>;
  /** Names of the configured channels. */
  readonly channels: readonly string[];
  /** Health of the channels by this monitor's attempts. */
  readonly channelHealth: Pick<ChannelHealth, 'failing' | 'delivering'>;
  /** Problems from outside Redis; returns at once. */
  readonly extraProblems: () => readonly Problem[];
}

/** Time without a value after which an incident resolves, milliseconds. */
const unmeasuredMs = 300_000;
const forgetEveryMs = 3_600_000;

/** Opens and resolves incidents, one cycle after the other. Its memory is that of one term. */
export class IncidentSync {
  readonly #options: IncidentSyncOptions;
  readonly #disable = (keys: readonly string[], reason: string) =>
    disableFlags(this.#options.flags, keys, reason);
  #problemsSince: ProblemsSince = new Map();
  /** Incident id -> when its subject had a value last. */
  readonly #measuredAt = new Map<string, number>();
  /** Hosts whose monitors wrote a sample, in this term or before. */
  readonly #knownHosts = new Set<string>();
  #hadRelease = false;
  #forgotAt = 0;

  constructor(options: IncidentSyncOptions) {
    this.#options = options;
  }

  /**
   * Begins a cycle: syncs the incidents of channels, which depend on no decision and no action.
   * @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`.
   */
  async begin(incidents: CycleIncidents, { release }: CycleInputs): Promise<void> {
    if (release.kind === 'found') this.#hadRelease = true;
    const { channels, channelHealth } = this.#options;
    await syncChannels(incidents, channels, channelHealth);
  }

  /**
   * Syncs the incidents of a cycle without a release document that can be trusted.
   * @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`.
   */
  async syncWithoutRelease(
    incidents: CycleIncidents,
    inputs: CycleInputs,
    release: LostRelease,
  ): Promise<void> {
    const { samples } = inputs;
    const isLost = release.kind !== 'absent' || this.#hadRelease;
    const lost = isLost ? [releaseProblem(release, this.#options.service)] : [];
    const problems = [
      ...lost,
      ...sourceProblems(samples),
      ...clockProblems(samples, inputs.reports),
    ];
    await this.#syncProblems(incidents, problems, inputs);
  }

  /**
   * Syncs the incidents of a cycle with what was decided.
   * @param document - the release document after the decision was applied.
   * @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`.
   */
  async sync(
    incidents: CycleIncidents,
    inputs: CycleInputs,
    decision: Decision,
    document: ReleaseDocument,
  ): Promise<void> {
    const { samples } = inputs;
    await syncEjection(incidents, document, this.#disable);
    await this.#openRules(incidents, decision, document);
    await this.#resolveRules(incidents, inputs, decision, document);
    for (const { host } of samples) this.#knownHosts.add(host);
    // Hosts that an earlier leader knew.
    for (const { rule, subject } of incidents.open) {
      if (rule === hostSilent) this.#knownHosts.add(subject);
    }
    const problems = [
      ...sourceProblems(samples),
      ...memoryProblems(samples),
      ...startProblems(samples),
      ...clockProblems(samples, inputs.reports),
      ...silentHosts(this.#knownHosts, samples, document),
      ...silentProxyProblems(inputs),
      ...exhaustedProxyProblems(inputs.reports),
      ...pausedRollout(document),
    ];
    await this.#syncProblems(incidents, problems, inputs);
    await incidents.resolveQuiet();
  }

  async #openRules(
    incidents: CycleIncidents,
    { evaluations, trial }: Decision,
    document: ReleaseDocument,
  ): Promise<void> {
    const causes = new Set(
      incidents.open.filter(isEjection).map(({ details }) => `${details.cause}|${details.member}`),
    );
    for (const evaluation of alertingRules(evaluations, document.members, trial)) {
      const { rule, reading } = evaluation;
      // The incident of the ejection covers the rule that caused it.
      if (causes.has(`${rule.id}|${reading.about.member}`)) continue;
      const key = { rule: rule.id, subject: reading.subject };
      const details = detailsOf(evaluation);
      const begins = !isBreaching(incidents.find(key));
      const actions = begins ? await this.#disable(flagsOf(rule.actions), details.summary) : [];
      await incidents.breach({ ...key, details: { ...details, actions } });
    }
  }

  async #resolveRules(
    incidents: CycleIncidents,
    { samples, nowMs }: CycleInputs,
    decision: Decision,
    document: ReleaseDocument,
  ): Promise<void> {
    const present = { samples, members: document.members };
    for (const incident of incidents.open) {
      if (isProblem(incident)) continue;
      const resolution = isEjection(incident)
        ? ejectionResolution(incident, document, decision)
        : (ruleResolution(incident, decision.evaluations) ??
          goneResolution(incident, present) ??
          this.#unmeasuredResolution(incident, decision, nowMs));
      if (resolution !== undefined) await incidents.resolve(incident, resolution);
    }
  }

  #unmeasuredResolution(
    incident: Incident,
    { evaluations }: Decision,
    nowMs: number,
  ): Resolution | undefined {
    const { id, subject } = incident;
    const measuredAt = isMeasured(incident, evaluations)
      ? nowMs
      : (this.#measuredAt.get(id) ?? nowMs);
    this.#measuredAt.set(id, measuredAt);
    if (nowMs - measuredAt < unmeasuredMs) return undefined;
    this.#measuredAt.delete(id);
    return { summary: `${subject} is no longer measured` };
  }

  async #syncProblems(
    incidents: CycleIncidents,
    given: readonly Problem[],
    inputs: CycleInputs,
  ): Promise<void> {
    const { nowMs } = inputs;
    const { service, extraProblems } = this.#options;
    const problems = [
      ...given,
      ...repairProblems(inputs.repair, service),
      ...certificateProblems({ ...inputs.edge, nowMs }),
      ...extraProblems(),
    ];
    const { since, breaches } = lastingProblems(this.#problemsSince, problems, nowMs);
    this.#problemsSince = since;
    for (const breach of breaches) await incidents.breach(breach);
    for (const incident of incidents.open) {
      const lasts = since.has(incidentKey(incident));
      if (!isProblem(incident) || incident.rule === 'channel-failed' || lasts) continue;
      await incidents.resolve(incident, problemResolution(incident, inputs));
    }
    if (nowMs - this.#forgotAt < forgetEveryMs) return;
    this.#forgotAt = nowMs;
    const before = nowMs - resolvedKeptMs;
    await this.#options.incidents.forgetResolved(before, [ejectionOfCanary.rule]);
  }
}

/** End of an incident whose problem lasts no longer, for people. */
function problemResolution(incident: Incident, inputs: CycleInputs): Resolution {
  const { rule, subject } = incident;
  if (rule === proxySilent) return silentProxyResolution(subject, inputs);
  if (rule === redisRepaired) {
    return { summary: "Redis' loss was made good, or is a day old" };
  }
  const { samples, release, edge, nowMs } = inputs;
  if (certificateRules.some((one) => one === rule)) {
    return certificateResolution(subject, { ...edge, nowMs });
  }
  const recovered = { summary: `${subject} has recovered` };
  // Without a release document, nobody knows which members there are.
  if (release.kind !== 'found') return recovered;
  if (rule === rolloutPaused) return pauseResolution(subject, release.document);
  const present = { samples, members: release.document.members };
  const workload = rule === memoryShort ? goneResolution(incident, present) : undefined;
  return workload ?? goneHostResolution(incident, present) ?? recovered;
}
