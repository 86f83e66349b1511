import { z } from 'zod';
import type { Metric } from './metric-catalog.ts';

/** What happens when a rule is broken: first the canary goes out, then people are told. */
export type Action =
  | { readonly kind: 'alert' }
  | { readonly kind: 'eject-canary' }
  | { readonly kind: 'raise-memory' }
  | { readonly kind: 'kill-flag'; readonly flag: string };

/** A threshold on a metric, how long it must hold, and what then happens. */
export interface Rule {
  readonly id: string;
  readonly metric: Metric;
  /** The only subject that it is about; every one unless given. */
  readonly subject?: string;
  /** On which side of the threshold it is broken. */
  readonly comparison: 'above' | 'below';
  readonly threshold: number;
  /** Where a broken rule counts as kept again; off the threshold, so that a value there does not flap. */
  readonly clearAt: number;
  /** How long it must be broken before anything happens, milliseconds. */
  readonly forMs: number;
  /** What no data means. Default `ignore`: it is neither broken nor kept. */
  readonly noData: 'ignore' | 'breach';
  readonly actions: readonly Action[];
}

const killFlag = /^kill-flag:(\S{1,200})$/;
const actionRule = 'must be alert, eject-canary, raise-memory or kill-flag:KEY';

/** An action as a person writes it, such as `kill-flag:new_feature`. */
export const actionSchema = z.string(actionRule).transform((text, context): Action => {
  if (text === 'alert' || text === 'eject-canary' || text === 'raise-memory') return { kind: text };
  const flag = killFlag.exec(text)?.[1];
  if (flag !== undefined) return { kind: 'kill-flag', flag };
  context.addIssue({ code: 'custom', message: actionRule });
  return z.NEVER;
});

export function actionText(action: Action): string {
  return action.kind === 'kill-flag' ? `kill-flag:${action.flag}` : action.kind;
}

/** The flags that a rule switches off. */
export function flagsOf(actions: readonly Action[]): string[] {
  return actions.flatMap((action) => (action.kind === 'kill-flag' ? [action.flag] : []));
}

export function has(actions: readonly Action[], kind: Action['kind']): boolean {
  return actions.some((action) => action.kind === kind);
}

/** For lists of actions: what refuses one that would do nothing. */
export const raisesNoMemory = [
  (actions: readonly Action[]) => !has(actions, 'raise-memory'),
  'must not hold raise-memory, which only containerMemoryPercent can',
] as const;

/** A twentieth off the threshold, on the side where the rule is kept. */
export function defaultClearAt(threshold: number, comparison: Rule['comparison']): number {
  const gap = Math.abs(threshold) / 20;
  return comparison === 'above' ? threshold - gap : threshold + gap;
}
