import type { Rule } from './rule.ts';

/**
 * How one subject stands with one rule.
 * - `kept`: the value is on the right side.
 * - `pending`: it is on the wrong side, not yet for long enough.
 * - `broken`: it was for long enough, and is not back behind `clearAt` yet.
 */
export interface RuleState {
  readonly kind: 'inactive' | 'pending' | 'firing';
  /** Since when the value is on the wrong side; for `kept`, since when it is kept. */
  readonly sinceMs: number;
}

type RuleLimits = Pick<Rule, 'comparison' | 'threshold' | 'clearAt' | 'forMs' | 'noData'>;

/**
 * The next state, from a value or from no data. No data proves nothing: it neither breaks a rule
 * (unless the rule says so) nor mends a broken one, and what was pending begins anew.
 */
export function stepRule(
  previous: RuleState | undefined,
  rule: RuleLimits,
  value: number | undefined,
  nowMs: number,
): RuleState {
  const before = previous ?? { kind: 'inactive', sinceMs: nowMs };
  if (value === undefined && rule.noData === 'ignore') {
    return before.kind === 'pending' ? { kind: 'inactive', sinceMs: nowMs } : before;
  }
  const crossed = value === undefined || isBeyond(value, rule.threshold, rule.comparison);
  if (before.kind === 'firing') {
    const cleared = value !== undefined && !isBeyond(value, rule.clearAt, rule.comparison);
    return cleared ? { kind: 'inactive', sinceMs: nowMs } : before;
  }
  if (!crossed) return before.kind === 'inactive' ? before : { kind: 'inactive', sinceMs: nowMs };
  const sinceMs = before.kind === 'pending' ? before.sinceMs : nowMs;
  return { kind: nowMs - sinceMs >= rule.forMs ? 'firing' : 'pending', sinceMs };
}

/** Strictly: a value at the threshold is on the right side. */
function isBeyond(value: number, limit: number, comparison: Rule['comparison']): boolean {
  return comparison === 'above' ? value > limit : value < limit;
}
