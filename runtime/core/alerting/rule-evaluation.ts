import { formatValue } from './format-value.ts';
import type { IncidentDetails } from './incident-details.ts';
import { metrics } from './metric-catalog.ts';
import type { NearRule } from '../analysis/judge-status.ts';
import type { Reading } from './readings.ts';
import type { Rule } from './rule.ts';
import type { RuleState } from './rule-state.ts';

/** How one subject stands with one rule, and what was read of it. */
export interface RuleEvaluation {
  readonly rule: Rule;
  readonly reading: Reading;
  readonly state: RuleState;
}

/** What there is to say of a broken rule. */
export function detailsOf({ rule, reading, state }: RuleEvaluation): IncidentDetails {
  const { metric, threshold, comparison } = rule;
  const { subject, value, about } = reading;
  const { label, unit } = metrics[metric];
  const limit = `${comparison} ${formatValue(threshold, unit)}`;
  const now = value === undefined ? 'is not known' : `is ${formatValue(value, unit)}, ${limit}`;
  return {
    summary: `${label} of ${subject} ${now}`,
    actions: [],
    ...(value !== undefined && { measured: { metric, value, threshold, unit } }),
    sinceMs: state.sinceMs,
    ...about,
  };
}

/** The same when the rule is kept again. */
export function resolutionOf({
  rule,
  reading,
}: RuleEvaluation): Pick<IncidentDetails, 'summary' | 'measured'> {
  const { metric, threshold } = rule;
  const { label, unit } = metrics[metric];
  const { subject, value = 0 } = reading;
  return {
    summary: `${label} of ${subject} is ${formatValue(value, unit)} again`,
    measured: { metric, value, threshold, unit },
  };
}

/** From this share of the threshold on a value is near. */
const nearShare = 0.8;

/** Rules that are broken, about to be, or near to it. */
export function nearRules(evaluations: readonly RuleEvaluation[]): NearRule[] {
  return evaluations.flatMap(({ rule, reading, state }) => {
    const { metric, threshold, comparison } = rule;
    const { subject, value } = reading;
    if (value === undefined) return [];
    // Nothing comes near to a threshold of 0 but what is above it.
    const near =
      comparison === 'above'
        ? value > 0 && value >= threshold * nearShare
        : value * nearShare <= threshold;
    if (!near && state.kind === 'inactive') return [];
    return [{ rule: rule.id, subject, metric, value, threshold, state: state.kind }];
  });
}
