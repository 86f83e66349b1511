import {
  incidentKey,
  onBreach,
  onQuiet,
  onResolution,
  type Breach,
  type Incident,
  type IncidentChange,
} from '../../core/alerting/incident.ts';
import { acknowledgementOf, silenceOf, type Mutes } from '../../core/alerting/mutes.ts';
import { stepsForProblem } from '../../core/alerting/next-steps.ts';
import type { IncidentStore, IncidentWriter } from '../../store/incidents/incident-store.ts';
import type { Resolution } from './resolutions.ts';

export interface CycleIncidentsOptions {
  readonly store: Pick<IncidentStore, 'apply'>;
  /** Incidents as they were read, by `rule|subject`. */
  readonly stored: ReadonlyMap<string, Incident>;
  readonly mutes: Mutes;
  readonly writer: IncidentWriter;
  readonly reAlertMs: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** The incidents of one cycle: as they were read, with the transitions that the cycle made since. */
export class CycleIncidents {
  readonly #options: CycleIncidentsOptions;
  readonly #incidents: Map<string, Incident>;

  constructor(options: CycleIncidentsOptions) {
    this.#options = options;
    this.#incidents = new Map(options.stored);
  }

  get open(): Incident[] {
    return [...this.#incidents.values()].filter(({ resolvedAt }) => resolvedAt === null);
  }

  find(key: Pick<Incident, 'rule' | 'subject'>): Incident | undefined {
    return this.#incidents.get(incidentKey(key));
  }

  /**
   * Opens the incident, alerts again, or does nothing.
   * @param channels - default: all.
   * @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`.
   */
  async breach(breach: Breach, channels?: readonly string[]): Promise<void> {
    const { nowMs, reAlertMs, mutes } = this.#options;
    const stored = this.find(breach);
    const isAcknowledged = stored !== undefined && acknowledgementOf(mutes, stored) !== undefined;
    const context = { nowMs, reAlertMs, isAcknowledged, isSilenced: this.#isSilenced(breach) };
    const change = onBreach(stored, withNextSteps(breach), context);
    await this.#apply(change, channels);
  }

  /**
   * @param channels - default: all.
   * @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`.
   */
  async resolve(
    incident: Incident,
    resolution: Resolution,
    channels?: readonly string[],
  ): Promise<void> {
    const isSilenced = this.#isSilenced(incident);
    const change = onResolution(incident, this.#options.nowMs, resolution, isSilenced);
    await this.#apply(change, channels);
  }

  /**
   * Resolves the incidents that flapped and have been quiet for long enough.
   * @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`.
   */
  async resolveQuiet(): Promise<void> {
    for (const incident of this.open) {
      await this.#apply(onQuiet(incident, this.#options.nowMs, this.#isSilenced(incident)));
    }
  }

  #isSilenced(key: Pick<Incident, 'rule' | 'subject'>): boolean {
    return silenceOf(this.#options.mutes, key) !== undefined;
  }

  async #apply(change: IncidentChange | undefined, channels?: readonly string[]): Promise<void> {
    if (change === undefined) return;
    const { store, writer } = this.#options;
    const notified = change.isNotified === false ? [] : (channels ?? writer.channels);
    const outcome = await store.apply(change, { ...writer, channels: notified });
    // On a conflict another writer made the transition, and the next cycle reads it.
    if (outcome === 'stored') {
      this.#incidents.set(incidentKey(change.incident), change.incident);
    }
  }
}

/** The breach with what is left to do, unless its details say that. */
function withNextSteps(breach: Breach): Breach {
  const nextSteps = breach.details.nextSteps ?? stepsForProblem(breach) ?? [];
  return { ...breach, details: { ...breach.details, nextSteps } };
}
