import type { Rule } from './rule.ts';

/**
 * State of one rule for one subject, in Prometheus' words.
 * - `inactive`: the value is on the right side of the threshold.
 * - `pending`: the value is on the wrong side, but not for long enough yet.
 * - `firing`: the value was on the wrong side for long enough, and has not reached `clearAt` since.
 */
export interface RuleState {
  readonly kind: 'inactive' | 'pending' | 'firing';
  /** Start of the wrong side, or of the state `inactive`; milliseconds since the epoch. */
  readonly sinceMs: number;
}

type RuleLimits = Pick<Rule, 'comparison' | 'threshold' | 'clearAt' | 'forMs' | 'noData'>;

/**
 * Next state, from a value or from no data. No data proves nothing: unless the rule says otherwise,
 * a firing rule keeps firing and a pending one becomes inactive.
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

/** Compares strictly: a value at the threshold is on the right side. */
function isBeyond(value: number, limit: number, comparison: Rule['comparison']): boolean {
  return comparison === 'above' ? value > limit : value < limit;
}
