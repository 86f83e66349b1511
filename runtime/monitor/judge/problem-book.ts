import type { IncidentDetails } from '../../core/alerting/incident-details.ts';
import { incidentKey, type Breach } from '../../core/alerting/incident.ts';

/** Something that is wrong now and needs no threshold. */
export interface Problem {
  readonly rule: string;
  readonly subject: string;
  /** How long it must last before anybody hears of it, milliseconds. */
  readonly forMs: number;
  readonly details: IncidentDetails;
}

/** Since when each problem lasts. */
export class ProblemBook {
  #since = new Map<string, number>();

  /** Enters all that is wrong now; answers what has lasted for long enough. */
  enter(problems: readonly Problem[], nowMs: number): Breach[] {
    this.#since = new Map(
      problems.map((problem) => {
        const key = incidentKey(problem);
        return [key, this.#since.get(key) ?? nowMs];
      }),
    );
    return problems.flatMap((problem) => {
      const { rule, subject, forMs, details } = problem;
      const sinceMs = this.#since.get(incidentKey(problem)) ?? nowMs;
      if (nowMs - sinceMs < forMs) return [];
      return [{ rule, subject, details: { ...details, sinceMs } }];
    });
  }

  /** Whether a problem is there, however short. */
  has(of: Pick<Problem, 'rule' | 'subject'>): boolean {
    return this.#since.has(incidentKey(of));
  }
}
