import type { Track } from '../../contract/names.ts';
import type { HarmMetric } from '../../contract/traffic-fields.ts';
import type { HarmCounts } from './metric-harm.ts';
import type { VerdictEvidence } from './verdict-evidence.ts';

/** Counts of both tracks since the harm began, a sentence without its full stop. */
export function harmSentence(
  metric: HarmMetric,
  { canary, stable, unit, isEarlier }: HarmCounts,
  evidence: Pick<VerdictEvidence, 'slowAboveMs' | 'canarySlowAboveMs'>,
): string {
  const verb = unit === 'clients' ? clientVerbs[metric] : requestVerb(metric, evidence);
  const compared = share(unit, 'stable', stable);
  const isTimed = metric === 'latency' && unit === 'requests';
  const bound = isTimed ? ` that took longer than ${milliseconds(evidence.slowAboveMs)}` : '';
  const when = isEarlier ? ' before the canary had all of the traffic' : '';
  return `${share(unit, 'canary', canary)} ${verb}, against ${compared}${bound}${when}`;
}

function milliseconds(ms: number | null): string {
  return `${Math.round(ms ?? 0)} ms`;
}

/** State of a canary that is not harmful, a sentence without its full stop. */
export function safetySentence(
  { canary }: Pick<VerdictEvidence, 'canary'>,
  isSafe: boolean,
): string {
  const failed = share('requests', 'canary', { all: canary.requests, bad: canary.failures });
  return `${failed} failed: ${isSafe ? 'safe' : 'not enough data yet'}`;
}

const clientVerbs: Readonly<Record<HarmMetric, string>> = {
  errors: 'had their first failure',
  latency: 'had slow answers for the first time',
  rejections: 'were rejected (4xx) for the first time',
};

function requestVerb(
  metric: HarmMetric,
  { canarySlowAboveMs }: Pick<VerdictEvidence, 'canarySlowAboveMs'>,
): string {
  switch (metric) {
    case 'errors':
      return 'failed';
    case 'latency':
      return `took longer than ${milliseconds(canarySlowAboveMs)}`;
    case 'rejections':
      return 'were rejected (4xx)';
  }
}

function share(
  unit: HarmCounts['unit'],
  track: Track,
  { all, bad }: { readonly all: number; readonly bad: number },
): string {
  const percent = all === 0 ? '' : ` (${((100 * bad) / all).toFixed(1)}%)`;
  return `${bad} of ${all} ${track} ${unit}${percent}`;
}
