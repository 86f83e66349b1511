import type { Metric } from '../../../runtime/core/alerting/metric-catalog.ts';
import type { Reading } from '../../../runtime/core/alerting/readings.ts';
import type { Action, Rule } from '../../../runtime/core/alerting/rule.ts';
import type { RuleEvaluation } from '../../../runtime/core/alerting/rule-evaluation.ts';
import type { RuleState } from '../../../runtime/core/alerting/rule-state.ts';

/** A rule that alerts above 500 MB of a container's memory. */
export function ruleOf(overrides: Partial<Rule> = {}): Rule {
  return {
    id: 'container-memory',
    metric: 'container.memory-bytes',
    comparison: 'above',
    threshold: 500e6,
    clearAt: 475e6,
    forMs: 10_000,
    noData: 'ignore',
    actions: [{ kind: 'alert' }],
    ...overrides,
  };
}

export interface EvaluationOptions {
  readonly subject?: string;
  readonly metric?: Metric;
  readonly value?: number | undefined;
  readonly about?: Reading['about'];
  readonly state?: RuleState['kind'];
  /** Start of the state, milliseconds since the epoch. Default 200,000. */
  readonly sinceMs?: number;
  readonly actions?: readonly Action['kind'][];
  readonly rule?: Partial<Rule>;
}

/** Evaluation of a rule that by default has been firing since 200,000 with a value of 520 MB. */
export function evaluationOf(options: EvaluationOptions = {}): RuleEvaluation {
  const { subject = 'canary-1', about = {}, state = 'firing', sinceMs = 200_000 } = options;
  const actions = (options.actions ?? ['alert']).map((kind): Action =>
    kind === 'kill-flag' ? { kind, flag: 'new_feature' } : { kind },
  );
  const metric = options.metric ?? options.rule?.metric ?? 'container.memory-bytes';
  const value = 'value' in options ? options.value : 520e6;
  return {
    rule: ruleOf({ actions, metric, ...options.rule }),
    reading: { metric, subject, value, about },
    state: { kind: state, sinceMs },
  };
}
