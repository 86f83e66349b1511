import type { CanaryEnd, JudgedNumbers } from '../core/release/canary-end.ts';

/** Lines that say how a canary ended, and by what numbers. */
export function canaryEndText(
  version: string,
  { type, at, by, text, judged }: CanaryEnd,
): string[] {
  const what = type.replace(/^(canary|rollout)-/, '');
  const lines = [`canary ${version} ${what} ${new Date(at).toISOString()} (${by}): ${text}`];
  return judged === undefined ? lines : [...lines, `  ${judgedText(judged)}`];
}

function judgedText({ rule, unit, canary, stable, evidence, bound }: JudgedNumbers): string {
  const part = ({ all, bad }: JudgedNumbers['canary']) => `${bad} of ${all} ${unit}`;
  const counts = `${rule}: canary ${part(canary)}, stable ${part(stable)}`;
  if (evidence === undefined || bound === undefined) return counts;
  return `${counts}; evidence ${Number(evidence.toPrecision(3))}, decides from ${Number(bound.toPrecision(3))}`;
}
