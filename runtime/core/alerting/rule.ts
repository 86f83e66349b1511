import { z } from 'zod';
import { actionPattern, actionRule, noRaiseRule } from '../../contract/actions.ts';
import type { Metric } from './metric-catalog.ts';

/** Action of a firing rule. The canary is ejected first, then people are notified. */
export type Action =
  | { readonly kind: 'alert' }
  | { readonly kind: 'eject-canary' }
  | { readonly kind: 'raise-memory' }
  | { readonly kind: 'kill-flag'; readonly flag: string };

/** A threshold on a metric, how long the breach must last, and what happens then. */
export interface Rule {
  readonly id: string;
  readonly metric: Metric;
  /** The only subject of the rule. Default: every subject. */
  readonly subject?: string;
  /** Wrong side of the threshold. */
  readonly comparison: 'above' | 'below';
  readonly threshold: number;
  /** Value at which a firing rule becomes inactive; off the threshold, so that it does not flap. */
  readonly clearAt: number;
  /** Time in `pending` before the rule fires, milliseconds. */
  readonly forMs: number;
  /** Meaning of no data: `ignore` proves nothing, `breach` counts as the wrong side. */
  readonly noData: 'ignore' | 'breach';
  readonly actions: readonly Action[];
  /** URL of the page that says what to do when it fires. */
  readonly runbook?: string | undefined;
}

/** An action as configuration has it, such as `kill-flag:new_feature`. */
export const actionSchema = z.string(actionRule).transform((text, context): Action => {
  if (text === 'alert' || text === 'eject-canary' || text === 'raise-memory') return { kind: text };
  const flag = actionPattern.exec(text)?.groups?.['flag'];
  if (flag !== undefined) return { kind: 'kill-flag', flag };
  context.addIssue({ code: 'custom', message: actionRule });
  return z.NEVER;
});

/** The action as configuration has it. */
export function actionText(action: Action): string {
  return action.kind === 'kill-flag' ? `kill-flag:${action.flag}` : action.kind;
}

/** Keys of the flags that the actions switch off. */
export function flagsOf(actions: readonly Action[]): string[] {
  return actions.flatMap((action) => (action.kind === 'kill-flag' ? [action.flag] : []));
}

/** True if an action of this kind is among the actions. */
export function has(actions: readonly Action[], kind: Action['kind']): boolean {
  return actions.some((action) => action.kind === kind);
}

/** Check of a list of actions that refuses `raise-memory` where it would do nothing, with its message. */
export const raisesNoMemory = [
  (actions: readonly Action[]) => !has(actions, 'raise-memory'),
  noRaiseRule,
] as const;

/** The value 5% off the threshold, on its right side. */
export function defaultClearAt(threshold: number, comparison: Rule['comparison']): number {
  const gap = Math.abs(threshold) / 20;
  return comparison === 'above' ? threshold - gap : threshold + gap;
}
