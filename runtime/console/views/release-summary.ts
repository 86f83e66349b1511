import type { StoredJudgeStatus } from '../../core/analysis/judge-status.ts';
import type { Incident } from '../../core/alerting/incident.ts';
import { ejectionOf, ejectionOfCanary } from '../../core/ejection/ejection.ts';
import { canaryVersions, type ReleaseDocument } from '../../core/release/release-document.ts';
import { isScheduled, stepText } from '../../core/release/rollout-plan.ts';
import { stepStatus, type StepStatus } from '../../core/release/rollout-status.ts';
import type { PerchEvent } from '../../store/incidents/event-log.ts';
import { agoText, leftText } from './durations.ts';

/** Urgency of what the summary says: `bad` harms clients now, `warning` waits for a person. */
export type SummaryTone = 'good' | 'busy' | 'warning' | 'bad' | 'unknown';

/** The release in one sentence, and what a person has to do. */
export interface ReleaseSummary {
  readonly tone: SummaryTone;
  /** With its full stop. */
  readonly sentence: string;
  /** The judge's evidence and what follows, with its full stop; null if there is nothing to add. */
  readonly detail: string | null;
  /** Sentences without full stops, commands in backticks; empty: nothing is left to do. */
  readonly next: readonly string[];
  /** Id of the open incident that the sentence is about. */
  readonly incidentId: string | null;
}

export interface SummaryInput {
  readonly document: ReleaseDocument;
  /** Null: it cannot be read. Undefined: no monitor judges. */
  readonly judge: StoredJudgeStatus | null | undefined;
  /** Open ones; null: they cannot be read. */
  readonly incidents: readonly Incident[] | null;
  /** Event that began the present phase or step; undefined: it is too long ago. */
  readonly begun: PerchEvent | undefined;
  /** Milliseconds since the epoch by Redis' clock. */
  readonly nowMs: number;
}

/** Says how a release stands, from the release document and what the monitors know. */
export function releaseSummary(input: SummaryInput): ReleaseSummary {
  if (isEjected(input.document)) return ejected(input);
  const summary = byPhase(input);
  const open = input.incidents?.length ?? 0;
  if (open === 0) return summary;
  const [first] = input.incidents ?? [];
  const count = open === 1 ? '1 incident is open' : `${open} incidents are open`;
  return {
    ...summary,
    tone: summary.tone === 'bad' ? 'bad' : 'warning',
    sentence: `${summary.sentence} ${count}.`,
    next: [...summary.next, ...firstStep(first)],
    incidentId: first?.id ?? null,
  };
}

function byPhase(input: SummaryInput): ReleaseSummary {
  const { document } = input;
  switch (document.phase) {
    case 'progressing':
      return isScheduled(document.plan) ? progressing(input) : weighted(input);
    case 'paused':
      return paused(input);
    case 'promoting':
      return promoting(input);
    case 'aborted':
      return aborted(input);
    case 'idle':
    case 'succeeded':
      return canaryVersions(document).length > 0 ? weighted(input) : onlyStable(document);
  }
}

function progressing(input: SummaryInput): ReleaseSummary {
  const { document, judge, nowMs } = input;
  const step = stepStatus(document, nowMs);
  const where = `${canaryName(document)} has ${document.weight}%, ${stepText(document)}`;
  const next = step?.nextWeight === null ? 'is promoted' : `goes on to ${step?.nextWeight}%`;
  return {
    ...judged(input),
    sentence: `${where}, ${timeText(step)}, judge: ${judgeWord(judge)}.`,
    detail: sentences(evidenceText(judge), step && stepEnd(step, next)),
  };
}

function weighted(input: SummaryInput): ReleaseSummary {
  const { document, judge } = input;
  const { weight } = document;
  const share = weight === 0 ? 'has no traffic yet' : `has ${weight}%`;
  const name = canaryName(document);
  return {
    ...judged(input),
    sentence: `${name} ${share}, without steps, judge: ${judgeWord(judge)}.`,
    detail: sentences(evidenceText(judge), 'A person or a deployment decides about its share'),
  };
}

/** Tone and next steps while a canary is on trial. */
function judged({ judge }: SummaryInput): Omit<ReleaseSummary, 'sentence' | 'detail'> {
  if (judge === undefined) {
    const next = ['Start a monitor: without one nobody judges the canary, so nothing advances'];
    return { tone: 'warning', next, incidentId: null };
  }
  const isHarmful = judge?.verdict?.kind === 'harmful';
  return { tone: isHarmful ? 'bad' : 'busy', next: [], incidentId: null };
}

function paused({ document, judge, begun, nowMs }: SummaryInput): ReleaseSummary {
  const where = document.plan.length > 1 ? ` at ${stepText(document)}` : '';
  const since = begun === undefined ? '' : ` for ${leftText(nowMs - begun.at)}`;
  const why = begun?.text.replace(/^rollout \S+ pauses?d? at step \d+ of \d+: /, '');
  return {
    tone: 'warning',
    sentence: `${canaryName(document)} is paused${where} with ${document.weight}%${since}, judge: ${judgeWord(judge)}.`,
    detail: sentences(why && `${capital(why)} (${begun?.by})`, evidenceText(judge)),
    next: ['Resume, promote or abort the rollout: it stays as it is until you do'],
    incidentId: null,
  };
}

function promoting({ document, judge }: SummaryInput): ReleaseSummary {
  return {
    tone: 'busy',
    sentence: `${canaryName(document)} is promoted with ${document.weight}% and waits to become stable.`,
    detail: evidenceText(judge),
    next: [
      'Deploy its version as the stable one: `npx perch --stack STACK deploy --image DIGEST`; a progressive deployment does so by itself',
    ],
    incidentId: null,
  };
}

function aborted({ document, begun, nowMs }: SummaryInput): ReleaseSummary {
  const when = begun === undefined ? '' : ` ${agoText(nowMs - begun.at)}`;
  return {
    ...onlyStable(document),
    sentence: `Rollout ${document.rolloutId} was aborted${when}. ${servingText(document)}`,
    detail: sentences(begun && `${capital(begun.text)} (${begun.by})`),
  };
}

function onlyStable(document: ReleaseDocument): ReleaseSummary {
  const isServing = document.members.some(
    ({ track, state }) => track === 'stable' && state === 'active',
  );
  const canaries = document.members.filter(({ track }) => track === 'canary').length;
  const rest =
    canaries === 0 ? 'Nothing is being rolled out.' : 'Its canary members get no requests.';
  return {
    tone: isServing ? 'good' : 'bad',
    sentence: `${servingText(document)}${isServing ? ` ${rest}` : ''}`,
    detail: null,
    next: isServing ? [] : ['Deploy a version: `npx perch --stack STACK deploy --image DIGEST`'],
    incidentId: null,
  };
}

/** Sentence about an ejected canary: what happened, by whom, and what is left. */
function ejected({ document, incidents, begun, nowMs }: SummaryInput): ReleaseSummary {
  const incident = incidents?.find(({ rule }) => rule === ejectionOfCanary.rule);
  const details = incident?.details ?? ejectionOf(document)?.details;
  const at = incident?.openedAt ?? begun?.at ?? document.updatedAt;
  const by = begun?.by ?? document.updatedBy;
  const why = details?.evidence ?? details?.summary ?? begun?.text ?? document.reason;
  return {
    tone: incident === undefined ? 'warning' : 'bad',
    sentence: `${canaryName(document)} was ejected ${agoText(nowMs - at)}. ${servingText(document)}`,
    detail: sentences(`${capital(why)} (${by})`),
    next:
      incident === undefined
        ? ['Deploy a new canary, or retry the rollout with the ejected one']
        : firstStep(incident),
    incidentId: incident?.id ?? null,
  };
}

/** The most useful step of an incident; the incident itself shows the others. */
function firstStep(incident: Incident | undefined): string[] {
  return incident?.details.nextSteps?.slice(0, 1) ?? [];
}

function isEjected({ members }: ReleaseDocument): boolean {
  const canaries = members.filter(({ track }) => track === 'canary');
  return (
    canaries.some(({ state }) => state === 'ejected') &&
    !canaries.some(({ state }) => state === 'active')
  );
}

/** `Canary 2.1.0`, with every version; those of ejected members if none is active. */
function canaryName(document: ReleaseDocument): string {
  const active = canaryVersions(document);
  const known = document.members
    .filter(({ track }) => track === 'canary')
    .map(({ version }) => version);
  const versions = active.length > 0 ? active : [...new Set(known)].sort();
  return versions.length === 0 ? 'The canary' : `Canary ${versions.join(' and ')}`;
}

function servingText({ members }: ReleaseDocument): string {
  const serving = members.filter(({ track, state }) => track === 'stable' && state === 'active');
  const versions = [...new Set(serving.map(({ version }) => version))].sort();
  if (versions.length === 0) return 'No stable member is active.';
  return `Stable ${versions.join(' and ')} has all of the traffic.`;
}

function judgeWord(judge: SummaryInput['judge']): string {
  if (judge === null) return 'unknown';
  if (judge === undefined) return 'none';
  const kind = judge.verdict?.kind;
  return kind === undefined ? 'no canary on trial' : judgeWords[kind];
}

const judgeWords = {
  harmful: 'harmful',
  safe: 'safe',
  inconclusive: 'not enough data yet',
} as const;

function evidenceText(judge: SummaryInput['judge']): string | null {
  const sentence = judge?.verdict?.sentence;
  return sentence === undefined ? null : `${capital(sentence)}.`;
}

function timeText(step: StepStatus | undefined): string {
  if (step === undefined) return 'no step';
  if (step.leastLeftMs > 0) return `${leftText(step.leastLeftMs)} left`;
  return step.deadline === null
    ? 'its time is over'
    : `at most ${leftText(step.deadline.leftMs)} left`;
}

/** End of a step: what the judge waits for, and what follows. */
function stepEnd({ leastLeftMs, deadline }: StepStatus, next: string): string {
  const first = leastLeftMs > 0 ? 'After that, once' : 'Once';
  const safe = `${first} it is judged safe, it ${next}`;
  if (deadline === null) return safe;
  const outcome = { pause: 'the rollout pauses', abort: 'it is ejected', continue: `it ${next}` };
  return `${safe}. Otherwise ${outcome[deadline.outcome]} in ${leftText(deadline.leftMs)}`;
}

/** Joins sentences that may lack their full stops; null if none is given. */
function sentences(...parts: readonly (string | null | undefined)[]): string | null {
  const given = parts.filter((part) => typeof part === 'string' && part !== '');
  if (given.length === 0) return null;
  return given.map((part) => (/[.!?]$/.test(part ?? '') ? part : `${part}.`)).join(' ');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
