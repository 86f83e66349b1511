import { amountText } from './format-value.ts';
import type { Facts } from './incident-details.ts';
import { metrics } from './metric-catalog.ts';
import type { NearRule } from '../analysis/judge-status.ts';
import type { Reading } from './readings.ts';
import type { Rule } from './rule.ts';
import type { ThresholdState } from './rule-state.ts';

/** How one subject stands with one rule, and what was read of it. */
export interface Standing {
  readonly rule: Rule;
  readonly reading: Reading;
  readonly state: ThresholdState;
}

/** What there is to say of a broken rule. */
export function factsOf({ rule, reading, state }: Standing): Facts {
  const { metric, threshold, comparison } = rule;
  const { subject, value, about } = reading;
  const { label, unit } = metrics[metric];
  const limit = `${comparison} ${amountText(threshold, unit)}`;
  const now = value === undefined ? 'is not known' : `is ${amountText(value, unit)}, ${limit}`;
  return {
    headline: `${label} of ${subject} ${now}`,
    actions: [],
    ...(value !== undefined && { measured: { metric, value, threshold, unit } }),
    sinceMs: state.sinceMs,
    ...about,
  };
}

/** The same when the rule is kept again. */
export function recoveryOf({ rule, reading }: Standing): Pick<Facts, 'headline' | 'measured'> {
  const { metric, threshold } = rule;
  const { label, unit } = metrics[metric];
  const { subject, value = 0 } = reading;
  return {
    headline: `${label} of ${subject} is ${amountText(value, unit)} again`,
    measured: { metric, value, threshold, unit },
  };
}

/** From this share of the threshold on a value is near. */
const nearShare = 0.8;

/** Rules that are broken, about to be, or near to it. */
export function nearRules(standings: readonly Standing[]): NearRule[] {
  return standings.flatMap(({ rule, reading, state }) => {
    const { metric, threshold, comparison } = rule;
    const { subject, value } = reading;
    if (value === undefined) return [];
    // Nothing comes near to a threshold of 0 but what is above it.
    const near =
      comparison === 'above'
        ? value > 0 && value >= threshold * nearShare
        : value * nearShare <= threshold;
    if (!near && state.kind === 'kept') return [];
    return [{ rule: rule.id, subject, metric, value, threshold, state: state.kind }];
  });
}
