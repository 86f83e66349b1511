import { incidentKey, type Incident } from '../../core/alerting/incident.ts';
import type { Reading } from '../../core/alerting/readings.ts';
import type { Rule } from '../../core/alerting/rule.ts';
import type { RuleEvaluation } from '../../core/alerting/rule-evaluation.ts';
import { stepRule, type RuleState } from '../../core/alerting/rule-state.ts';

/** How every subject stands with every rule, from second to second. */
export class RuleEvaluator {
  readonly #rules: readonly Rule[];
  #states = new Map<string, RuleState>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /**
   * Enters what was read now; a subject that was not read at all is forgotten.
   * @param incidents - by `rule|subject`: what is open there is broken since then, though this book
   *   has not seen it, for the leader before this one has.
   */
  enter(
    readings: readonly Reading[],
    nowMs: number,
    incidents: ReadonlyMap<string, Incident> = new Map(),
  ): RuleEvaluation[] {
    const states = new Map<string, RuleState>();
    const byMetric = Map.groupBy(readings, ({ metric }) => metric);
    const evaluations = this.#rules.flatMap((rule) =>
      subjectsOf(rule, byMetric.get(rule.metric) ?? []).map((reading) => {
        const key = incidentKey({ rule: rule.id, subject: reading.subject });
        const before = this.#states.get(key) ?? stateIn(incidents.get(key));
        const state = stepRule(before, rule, reading.value, nowMs);
        states.set(key, state);
        return { rule, reading, state };
      }),
    );
    this.#states = states;
    return evaluations;
  }
}

function stateIn(incident: Incident | undefined): RuleState | undefined {
  if (incident?.resolvedAt !== null) return undefined;
  return { kind: 'firing', sinceMs: incident.details.sinceMs ?? incident.openedAt };
}

function subjectsOf({ subject }: Rule, readings: readonly Reading[]): readonly Reading[] {
  return subject === undefined
    ? readings
    : readings.filter((reading) => reading.subject === subject);
}
