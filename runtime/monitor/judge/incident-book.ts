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

export interface IncidentBookOptions {
  readonly store: Pick<IncidentStore, 'apply'>;
  readonly stored: Map<string, Incident>;
  readonly writer: IncidentWriter;
  readonly reAlertMs: number;
  readonly nowMs: number;
}

/** The incidents of one look: what was stored, and the transitions that are made now. */
export class IncidentBook {
  readonly #options: IncidentBookOptions;

  constructor(options: IncidentBookOptions) {
    this.#options = options;
  }

  get open(): Incident[] {
    return [...this.#options.stored.values()].filter(({ resolvedAt }) => resolvedAt === null);
  }

  find(of: Pick<Incident, 'rule' | 'subject'>): Incident | undefined {
    return this.#options.stored.get(incidentKey(of));
  }

  /** @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`. */
  async breach(breach: Breach, channels?: readonly string[]): Promise<void> {
    const { nowMs, reAlertMs } = this.#options;
    await this.#apply(onBreach(this.find(breach), breach, nowMs, reAlertMs), channels);
  }

  /** @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`. */
  async recover(incident: Incident, recovery: Resolution): Promise<void> {
    await this.#apply(onResolution(incident, this.#options.nowMs, recovery));
  }

  async #apply(change: IncidentChange | undefined, channels?: readonly string[]): Promise<void> {
    if (change === undefined) return;
    const { store, stored, writer } = this.#options;
    const outcome = await store.apply(change, { ...writer, channels: channels ?? writer.channels });
    // Another writer made it: the next look sees what it made.
    if (outcome === 'stored') stored.set(incidentKey(change.incident), change.incident);
  }
}
