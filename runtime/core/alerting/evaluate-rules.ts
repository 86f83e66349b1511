import { incidentKey, type Incident } from './incident.ts';
import type { Reading } from './readings.ts';
import type { Rule } from './rule.ts';
import type { RuleEvaluation } from './rule-evaluation.ts';
import { stepRule, type RuleState } from './rule-state.ts';

/** State of each rule for each subject, by {@link incidentKey}. */
export type RuleStates = ReadonlyMap<string, RuleState>;

export interface RuleInputs {
  readonly rules: readonly Rule[];
  readonly readings: readonly Reading[];
  /**
   * Stored incidents by {@link incidentKey}. An open one stands for a rule that has been firing
   * since then, although `states` does not hold it: an earlier leader opened it.
   */
  readonly incidents: ReadonlyMap<string, Incident>;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** Evaluates every rule for every subject that has a reading; the others lose their state. */
export function evaluateRules(
  states: RuleStates,
  { rules, readings, incidents, nowMs }: RuleInputs,
): { readonly states: RuleStates; readonly evaluations: readonly RuleEvaluation[] } {
  const byMetric = Map.groupBy(readings, ({ metric }) => metric);
  const evaluations = rules.flatMap((rule) =>
    ofSubject(rule, byMetric.get(rule.metric) ?? []).map((reading): RuleEvaluation => {
      const key = keyOf(rule, reading);
      const previous = states.get(key) ?? stateOf(incidents.get(key));
      return { rule, reading, state: stepRule(previous, rule, reading.value, nowMs) };
    }),
  );
  const next = evaluations.map(
    ({ rule, reading, state }) => [keyOf(rule, reading), state] as const,
  );
  return { states: new Map(next), evaluations };
}

function keyOf({ id }: Rule, { subject }: Reading): string {
  return incidentKey({ rule: id, subject });
}

function stateOf(incident: Incident | undefined): RuleState | undefined {
  if (incident?.resolvedAt !== null) return undefined;
  const quietSinceMs = incident.flapping?.quietSinceMs;
  if (quietSinceMs !== undefined) return { kind: 'inactive', sinceMs: quietSinceMs };
  return { kind: 'firing', sinceMs: incident.details.sinceMs ?? incident.openedAt };
}

function ofSubject({ subject }: Rule, readings: readonly Reading[]): readonly Reading[] {
  return subject === undefined
    ? readings
    : readings.filter((reading) => reading.subject === subject);
}
