import { formatValue } from './format-value.ts';
import type { IncidentDetails } from './incident-details.ts';
import { metrics } from './metric-catalog.ts';
import { stepsForMetric } from './next-steps.ts';
import type { NearRule } from '../analysis/judge-status.ts';
import type { Reading } from './readings.ts';
import type { Rule } from './rule.ts';
import type { RuleState } from './rule-state.ts';

/** Result of one rule for one subject: its state, and the reading behind it. */
export interface RuleEvaluation {
  readonly rule: Rule;
  readonly reading: Reading;
  readonly state: RuleState;
}

/** Details of a firing rule, for people. */
export function detailsOf({ rule, reading, state }: RuleEvaluation): IncidentDetails {
  const { metric, threshold, comparison, runbook } = rule;
  const { subject, value, about } = reading;
  const { label, unit } = metrics[metric];
  const limit = `${comparison} ${formatValue(threshold, unit)}`;
  const now = value === undefined ? 'is not known' : `is ${formatValue(value, unit)}, ${limit}`;
  const alarm = `CloudWatch alarm ${subject} ${value === undefined ? 'has no data' : 'is in ALARM'}`;
  return {
    summary: metric === 'alarm.state' ? alarm : `${label} of ${subject} ${now}`,
    actions: [],
    ...(value !== undefined && { measured: { metric, value, threshold, unit } }),
    sinceMs: state.sinceMs,
    ...about,
    nextSteps: stepsForMetric(metric, { subject, ...about }),
    ...(runbook !== undefined && { runbook }),
  };
}

/** Details of a rule that is inactive again, for people. */
export function resolutionOf({
  rule,
  reading,
}: RuleEvaluation): Pick<IncidentDetails, 'summary' | 'measured'> {
  const { metric, threshold } = rule;
  const { label, unit } = metrics[metric];
  const { subject, value = 0 } = reading;
  const now = `${label} of ${subject} is back at ${formatValue(value, unit)}`;
  return {
    summary: metric === 'alarm.state' ? `CloudWatch alarm ${subject} is OK` : now,
    measured: { metric, value, threshold, unit },
  };
}

/** Part of the threshold from which a value is near it. */
const nearShare = 0.8;

/** Rules that are firing, pending or near their threshold. */
export function nearRules(evaluations: readonly RuleEvaluation[]): NearRule[] {
  return evaluations.flatMap(({ rule, reading, state }) => {
    const { metric, threshold, comparison } = rule;
    const { subject, value } = reading;
    if (value === undefined) return [];
    // Only a value above 0 is near a threshold of 0.
    const near =
      comparison === 'above'
        ? value > 0 && value >= threshold * nearShare
        : value * nearShare <= threshold;
    if (!near && state.kind === 'inactive') return [];
    return [{ rule: rule.id, subject, metric, value, threshold, state: state.kind }];
  });
}
