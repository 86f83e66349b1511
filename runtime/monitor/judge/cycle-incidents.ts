import {
  incidentKey,
  onBreach,
  onResolution,
  type Breach,
  type Incident,
  type IncidentChange,
} from '../../core/alerting/incident.ts';
import type { IncidentStore, IncidentWriter } from '../../store/incidents/incident-store.ts';
import type { Resolution } from './resolutions.ts';

export interface CycleIncidentsOptions {
  readonly store: Pick<IncidentStore, 'apply'>;
  /** Incidents as they were read, by `rule|subject`. */
  readonly stored: ReadonlyMap<string, Incident>;
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
    const { nowMs, reAlertMs } = this.#options;
    await this.#apply(onBreach(this.find(breach), breach, nowMs, reAlertMs), channels);
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
    await this.#apply(onResolution(incident, this.#options.nowMs, resolution), channels);
  }

  async #apply(change: IncidentChange | undefined, channels?: readonly string[]): Promise<void> {
    if (change === undefined) return;
    const { store, writer } = this.#options;
    const outcome = await store.apply(change, { ...writer, channels: channels ?? writer.channels });
    // On a conflict another writer made the transition, and the next cycle reads it.
    if (outcome === 'stored') {
      this.#incidents.set(incidentKey(change.incident), change.incident);
    }
  }
}
