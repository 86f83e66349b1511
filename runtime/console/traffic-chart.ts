import type { Redis } from 'ioredis';
import { trafficBucketMs, trafficTtlSeconds } from '../contract/traffic-fields.ts';
import {
  periodStart,
  trafficPeriods,
  type TrafficPeriod,
} from '../core/analysis/traffic-period.ts';
import type { EvidencePeriod } from '../core/analysis/evidence-period.ts';
import type { ReleaseRecord } from '../core/release/release-history.ts';
import type { EventLog, PerchEvent } from '../store/incidents/event-log.ts';
import { EvidenceHistoryStore } from '../store/judge/evidence-history-store.ts';
import type { ReleaseHistoryStore } from '../store/release/release-history-store.ts';
import {
  trafficHistories,
  TrafficHistoryStore,
  type TrafficHistoryName,
} from '../store/judge/traffic-history-store.ts';
import { TrafficSource } from '../store/judge/traffic-source.ts';
import { TrafficStore } from '../store/judge/traffic-store.ts';
import type { OverviewSources } from './overview-sources.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Range of a chart -> its length, and the history that it is drawn from; none: from the counts. */
export const chartRanges = {
  '15m': { lengthMs: 15 * minuteMs },
  '1h': { lengthMs: hourMs, history: 'minutes' },
  '24h': { lengthMs: 24 * hourMs, history: 'minutes' },
  '30d': { lengthMs: 720 * hourMs, history: 'hours' },
} as const satisfies Record<string, { lengthMs: number; history?: TrafficHistoryName }>;

export type ChartRange = keyof typeof chartRanges;

/** Traffic of a time, and the events in it. */
export interface TrafficChart {
  readonly range: ChartRange;
  /** Milliseconds since the epoch; periods start in [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
  readonly periodMs: number;
  /** By start. A period that nobody recorded is absent, because its counts are not known. */
  readonly periods: readonly TrafficPeriod[];
  /** The judge's highest evidence, by start. A period without a canary on trial is absent. */
  readonly evidence: readonly EvidencePeriod[];
  /** Deployments, and changes of the release and of flags, oldest first. */
  readonly events: readonly Pick<PerchEvent, 'at' | 'type' | 'text'>[];
}

export interface TrafficChartSources {
  readonly counts: Pick<TrafficSource, 'read'>;
  readonly history: Pick<TrafficHistoryStore, 'read'>;
  readonly evidence: Pick<EvidenceHistoryStore, 'read'>;
  readonly events: Pick<EventLog, 'last'>;
  readonly releases: Pick<ReleaseHistoryStore, 'list'>;
  /** Milliseconds since the epoch by Redis' clock. */
  readonly now: () => number;
}

/** Creates the sources over one Redis. */
export function trafficChartSources(
  redis: Redis,
  service: string,
  { events, history: releases, now }: Pick<OverviewSources, 'events' | 'history' | 'now'>,
): TrafficChartSources {
  return {
    counts: new TrafficSource(new TrafficStore(redis, service)),
    history: new TrafficHistoryStore(redis, service),
    evidence: new EvidenceHistoryStore(redis, service),
    events,
    releases,
    now,
  };
}

/** Events among which those of the range are looked for. */
const searchedEvents = 2_000;
const mostMarks = 200;
const marked = /^(?:rollout-|weight-set|canary-|member-ejected|member-reinstated|flag-|restored)/;

/** Age up to which all counts of a period are still there, milliseconds. */
const reachMs = 1_000 * trafficTtlSeconds - minuteMs;

/**
 * Reads the chart of a range that ends now. The newest periods come from the counts, because the
 * history has them only once they have settled.
 * @throws PerchError `redis_unavailable` or `redis_refused`.
 */
export async function trafficChart(
  range: ChartRange,
  { counts, history, evidence, events, releases, now }: TrafficChartSources,
): Promise<TrafficChart> {
  const nowMs = now();
  const { lengthMs, ...from } = chartRanges[range];
  const name = 'history' in from ? from.history : undefined;
  const periodMs = name === undefined ? trafficBucketMs : trafficHistories[name].lengthMs;
  // The present period is not over: its counts would look like a drop.
  const toMs = periodStart(nowMs, periodMs);
  const fromMs = toMs - lengthMs;
  const [last, records, judged, stored] = await Promise.all([
    events.last(searchedEvents),
    releases.list(),
    evidence.read(name ?? 'buckets', fromMs, toMs),
    name === undefined ? [] : history.read(name, fromMs, toMs),
  ]);
  const openMs = name === undefined ? fromMs : newestStart(stored, toMs, periodMs);
  const open = trafficPeriods(await counts.read(openMs, toMs - 1), periodMs);
  return {
    range,
    fromMs,
    toMs,
    periodMs,
    periods: [...stored.filter(({ startMs }) => startMs < openMs), ...open].filter(
      ({ startMs }) => startMs >= fromMs,
    ),
    evidence: judged,
    events: [...last.filter(({ type }) => marked.test(type)), ...records.map(deploymentMark)]
      .filter(({ at }) => at >= fromMs)
      .sort((one, other) => one.at - other.at)
      .slice(-mostMarks)
      .map(({ at, type, text }) => ({ at, type, text })),
  };
}

function deploymentMark({ at, action, version, track, stack, by }: ReleaseRecord) {
  const what = `${action} of ${version ?? 'an unknown version'} (${track}) by stack ${stack}`;
  return { at, type: 'deployment', text: `${what}, ${by ?? 'pulumi up'}` };
}

/** Start of the periods that the history does not have yet, as far as their counts are there. */
function newestStart(stored: readonly TrafficPeriod[], toMs: number, periodMs: number): number {
  const next = (stored.at(-1)?.startMs ?? Number.NEGATIVE_INFINITY) + periodMs;
  return Math.max(next, periodStart(toMs - reachMs, periodMs) + periodMs);
}
