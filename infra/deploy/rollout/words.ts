/** Sentences on a rollout, for the live view and for the lines of a CI log. Pure. */
import { formatDuration } from '../../../runtime/contract/format-duration.ts';
import { printable } from './columns.ts';
import type { ReadRollout, RolloutState, TrackState } from './state.ts';

/** `step 2 of 3`; empty without steps. */
export function stepWords({ stepNumber, plan }: RolloutState): string {
  return stepNumber === null ? '' : `step ${stepNumber} of ${plan.length}`;
}

/** `1,204 requests, 3 errors (0.25%), p95 41 ms`. */
export function trackWords(track: TrackState): string {
  const { requests, errors } = track;
  return `${requestsText(requests)} requests, ${errorsText(track)} ${errors === 1 ? 'error' : 'errors'}${rateText(track)}, p95 ${p95Text(track)}`;
}

export function requestsText(requests: number): string {
  return requests.toLocaleString('en-US');
}

export function errorsText({ errors }: TrackState): string {
  return errors.toLocaleString('en-US');
}

/** ` (0.25%)`; empty without requests. */
export function rateText({ errorPercent }: TrackState): string {
  return errorPercent === null ? '' : ` (${percentText(errorPercent)})`;
}

export function p95Text({ p95Ms }: TrackState): string {
  if (p95Ms === null) return 'not known yet';
  return `${Number(p95Ms.toFixed(p95Ms < 10 ? 1 : 0)).toLocaleString('en-US')} ms`;
}

/** The judge's words. */
export function judgeWords({ isJudged, verdict }: RolloutState): string {
  if (!isJudged) return 'no monitor judges the canary now, so nothing advances';
  if (verdict === null) return 'no canary is on trial';
  return printable(`${verdict.kind}: ${verdict.sentence}`);
}

/** Time that is left in the step, or what the rollout waits for. */
export function timeWords(rollout: ReadRollout): string {
  const { step, phase } = rollout;
  if (step === null) return waitWords[phase] ?? phase;
  const { leastLeftMs, deadline, nextWeight } = step;
  const left = (ms: number) => Math.max(0, ms - rollout.ageMs);
  const next = nextWeight === null ? 'promotion' : percentText(nextWeight);
  const leastMs = left(leastLeftMs);
  const least = leastMs > 0 ? `at least ${durationText(leastMs)} more, then ` : '';
  const end =
    deadline === null
      ? 'no deadline'
      : `deadline in ${durationText(left(deadline.leftMs))}, then ${outcomeWords[deadline.outcome] ?? deadline.outcome}`;
  return `${least}${next} once the judge finds the canary safe; ${end}`;
}

const outcomeWords: Readonly<Record<string, string>> = {
  pause: 'it pauses',
  continue: 'it goes on all the same',
  abort: 'the canary is ejected',
};

const waitWords: Readonly<Record<string, string>> = {
  paused: 'stands still until perch rollout resume, promote or abort',
  promoting: "every step is passed; the canary's version becomes the stable one by a deployment",
  aborted: 'over: the canary is ejected',
  succeeded: 'over: the rollout has succeeded',
};

/** Author, time and reason of the beginning of the phase or the step, which may be days ago. */
export function beganWords({ begun, reason, updatedBy }: RolloutState): string {
  if (begun === null) return printable(`by ${updatedBy}: ${reason}`);
  const { by, at, text } = begun;
  const time = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  return printable(`by ${by} at ${time} UTC: ${text}`);
}

/** Words on a status that cannot be read. */
export function failureWords(failure: string | undefined, ageMs: number): string {
  const why = failure === undefined ? 'no answer yet' : printable(failure);
  return `not available for ${durationText(ageMs)}: ${why}`;
}

export function percentText(percent: number): string {
  return `${Number(percent.toFixed(2))}%`;
}

/** Duration that is not over before it says so: a part of a second counts as one. */
function durationText(ms: number): string {
  return formatDuration(1_000 * Math.ceil(ms / 1_000));
}
