import { rolloutView } from '../console/views/rollout-view.ts';
import type { StepTraffic } from '../core/analysis/step-traffic.ts';
import type { StoredJudgeStatus } from '../core/analysis/judge-status.ts';
import { ejectionOf } from '../core/ejection/ejection.ts';
import type { ReleaseDocument } from '../core/release/release-document.ts';
import type { StepStatus } from '../core/release/rollout-status.ts';
import type { PerchEvent } from '../store/incidents/event-log.ts';
import { JudgeStore } from '../store/judge/judge-store.ts';
import { TrafficSource } from '../store/judge/traffic-source.ts';
import { TrafficStore } from '../store/judge/traffic-store.ts';
import { fetchRelease } from '../store/release/release-fetch.ts';
import { noRelease } from './absence.ts';
import type { Session } from './session.ts';

/** Events among which the beginning of the present phase is looked for. */
const searchedEvents = 200;

/** State of a rollout, as `perch rollout status` shows it. */
export interface RolloutStatus {
  readonly document: ReleaseDocument;
  /** Undefined unless the rollout is progressing. */
  readonly step: StepStatus | undefined;
  /** Null without a step, and once its counts have expired. */
  readonly traffic: StepTraffic | null;
  /** Undefined without a live leader. */
  readonly judgeStatus: StoredJudgeStatus | undefined;
  /** Requests that the judge still needs, a sentence without its full stop; null: it has decided, or is silent. */
  readonly missing: string | null;
  /** Beginning of the phase or of the step; undefined if it is too long ago. */
  readonly begun: PerchEvent | undefined;
  /** Evidence of the judge's last decision, sentences without their full stops; empty: a person decided. */
  readonly evidence: readonly string[];
}

/**
 * Reads the state of a service's rollout.
 * @throws PerchError `not_found` without a release, `document_invalid`, `redis_unavailable` or
 * `redis_refused`.
 */
export async function readRolloutStatus({
  redis,
  service,
  releases,
  events,
}: Session): Promise<RolloutStatus> {
  const read = await releases.read();
  if (read.kind === 'invalid') throw read.problem;
  if (read.kind === 'absent') throw await noRelease({ redis, service });
  const { document } = read;
  const { nowMs } = await fetchRelease(redis, service);
  const [judge, last] = await Promise.all([
    new JudgeStore(redis, service).judgeStatus(),
    events.last(searchedEvents),
  ]);
  const traffic = new TrafficSource(new TrafficStore(redis, service));
  const view = await rolloutView({ document, judge, events: last, nowMs }, traffic);
  return {
    document,
    step: view.step ?? undefined,
    traffic: view.traffic?.of === 'step' ? view.traffic : null,
    judgeStatus: judge,
    missing: view.missing,
    begun: view.begun ?? undefined,
    evidence: evidenceOf(document),
  };
}

/** The status as JSON. */
export function rolloutJson({
  document,
  step,
  traffic,
  judgeStatus,
  missing,
  begun,
  evidence,
}: RolloutStatus) {
  const { service, rolloutId, phase, weight, plan, generation, reason, updatedBy } = document;
  return {
    service,
    rolloutId,
    phase,
    weight,
    plan,
    step: step ?? null,
    stepNumber: plan.length === 0 ? null : document.step + 1,
    traffic,
    isJudged: judgeStatus !== undefined,
    verdict: judgeStatus?.verdict ?? null,
    missing,
    begun: begun === undefined ? null : begunJson(begun),
    evidence,
    generation,
    reason,
    updatedBy,
  };
}

function begunJson({ type, text, by, at }: PerchEvent) {
  return { event: type, text, by, at };
}

function evidenceOf(document: ReleaseDocument): string[] {
  const details = ejectionOf(document)?.details;
  if (details !== undefined) return [details.evidence ?? details.summary];
  const sentence = document.evidence?.['sentence'];
  return typeof sentence === 'string' ? [sentence] : [];
}
