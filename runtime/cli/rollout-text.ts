import { formatDuration } from '../contract/format-duration.ts';
import { formatValue } from '../core/alerting/format-value.ts';
import type { StoredJudgeStatus } from '../core/analysis/judge-status.ts';
import type { StepTraffic } from '../core/analysis/step-traffic.ts';
import type { ReleaseDocument, Step } from '../core/release/release-document.ts';
import { stepText } from '../core/release/rollout-plan.ts';
import type { StepDeadline, StepStatus } from '../core/release/rollout-status.ts';
import type { PerchEvent } from '../store/incidents/event-log.ts';
import { table } from './output.ts';
import type { RolloutStatus } from './rollout-status.ts';

/** Rollout, its step, the traffic of both tracks and the judge's words, for people. */
export function rolloutText({
  document,
  step,
  traffic,
  judgeStatus,
  missing,
  begun,
}: RolloutStatus): string {
  const { service, rolloutId, phase, weight, plan, reason, updatedBy, updatedAt } = document;
  const at = new Date(updatedAt).toISOString();
  const where = plan.length === 0 ? '' : `, ${stepText(document)}`;
  const head =
    phase === 'idle'
      ? `service ${service}: no rollout has begun, canary weight ${weight}`
      : `service ${service}: rollout ${rolloutId} ${phase}${where}, canary weight ${weight}`;
  const isLastChange = begun === undefined || begun.text === reason;
  return [
    head,
    ...(step === undefined ? waitText(phase) : stepLines(step)),
    `judge: ${judgeText(judgeStatus)}`,
    ...(missing === null ? [] : [`missing: ${missing}`]),
    ...(isLastChange ? [] : [`${phase} since: ${eventText(begun)}`]),
    `last change: ${reason} (${updatedBy}, ${at})`,
    ...(traffic === null ? [] : ['', trafficTable(traffic)]),
    ...(plan.length === 0 || phase === 'idle' ? [] : ['', planTable(document)]),
  ].join('\n');
}

function eventText({ text, by, at }: PerchEvent): string {
  return `${text} (${by}, ${new Date(at).toISOString()})`;
}

function trafficTable(traffic: StepTraffic): string {
  const rows = (['canary', 'stable'] as const).map((track) => {
    const { requests, errors, errorPercent, p95Ms } = traffic[track];
    return [
      track,
      String(requests),
      String(errors),
      errorPercent === null ? '-' : `${Number(errorPercent.toFixed(2))}%`,
      p95Ms === null ? '-' : formatValue(p95Ms, 'ms'),
    ];
  });
  return table([['TRACK', 'REQUESTS', 'ERRORS', 'RATE', 'P95'], ...rows]);
}

/** Name of a rollout's phase and step: `rollout r2 progressing, step 2 of 3`. */
export function rolloutName({ rolloutId, phase, step, plan }: ReleaseDocument): string {
  const where = plan.length > 1 ? `, ${stepText({ step, plan })}` : '';
  return `rollout ${rolloutId} ${phase}${where}`;
}

function stepLines({ elapsedMs, leastLeftMs, deadline, nextWeight }: StepStatus): string[] {
  const next = nextWeight === null ? 'the canary is promoted' : `weight ${nextWeight}`;
  const least = leastLeftMs > 0 ? `at least ${formatDuration(leastLeftMs)} more, and ` : '';
  return [
    `step: for ${formatDuration(elapsedMs)}; ${least}until the judge finds the canary safe; then ${next}`,
    `deadline: ${deadline === null ? 'none, an inconclusive step holds' : deadlineText(deadline, next)}`,
  ];
}

function deadlineText({ at, leftMs, outcome }: StepDeadline, next: string): string {
  const then = {
    pause: 'an inconclusive step pauses the rollout',
    abort: 'an inconclusive step ejects the canary',
    continue: `an inconclusive step goes on all the same: ${next}`,
  }[outcome];
  return `in ${formatDuration(leftMs)} (${new Date(at).toISOString()}): ${then}`;
}

/** End of a phase in which the judge advances nothing. */
function waitText(phase: ReleaseDocument['phase']): string[] {
  switch (phase) {
    case 'paused':
      return ['waiting: for `perch rollout resume`, `promote` or `abort`'];
    case 'promoting':
      return ["waiting: for a deployment that makes the canary's version the stable one"];
    case 'aborted':
      return ['waiting: for a new canary, or `perch rollout retry`'];
    case 'idle':
    case 'progressing':
    case 'succeeded':
      return [];
  }
}

function judgeText(judgeStatus: StoredJudgeStatus | undefined): string {
  if (judgeStatus === undefined) return 'no monitor judges the canary, so nothing advances';
  const { verdict, leader } = judgeStatus;
  if (verdict === null) return `no canary on trial (${leader})`;
  return `${verdict.kind}: ${verdict.sentence} (${leader})`;
}

function planTable(document: ReleaseDocument): string {
  const rows = document.plan.map((step, index) => [
    String(index + 1),
    `${step.weight}%`,
    formatDuration(step.minDurationMs),
    step.deadlineMs === null ? 'never' : formatDuration(step.deadlineMs),
    step.deadlineMs === null ? 'hold' : outcomes[step.onDeadline],
    stateOf(document, index),
  ]);
  return table([['STEP', 'WEIGHT', 'AT LEAST', 'UNTIL', 'THEN', 'STATE'], ...rows]);
}

const outcomes: Readonly<Record<Step['onDeadline'], string>> = {
  pause: 'pause',
  continue: 'continue',
  abort: 'abort',
};

function stateOf({ phase, step }: ReleaseDocument, index: number): string {
  const isOver = phase === 'promoting' || phase === 'succeeded';
  if (index < step) return 'passed';
  if (index > step) return isOver ? 'skipped' : 'to come';
  return isOver ? 'passed' : phase;
}
