import type { ReleaseSource } from '../../store/release/release-source.ts';
import { leftText } from './durations.ts';
import { releaseSummary, type ReleaseSummary, type SummaryInput } from './release-summary.ts';
import type { SilentProxy } from './edge-view.ts';

interface OverviewSummaryInput extends Omit<SummaryInput, 'document'> {
  readonly service: string;
  readonly condition: ReleaseSource['condition'];
  /** Last one known; null: none is. */
  readonly document: SummaryInput['document'] | null;
  /** Generation that live proxies apply and that Redis lost; null: none. */
  readonly lostGeneration: number | null;
  /** Number of live proxies; null: it is not known. */
  readonly liveProxies: number | null;
  readonly silentProxies: readonly SilentProxy[];
  /** Hosts of members whose monitors are silent; empty also without any monitor. */
  readonly silentHosts: readonly string[];
  /** True if a maintenance answers in the service's place. */
  readonly isInMaintenance: boolean;
}

/** The summary of a release, with what keeps it from being known or from taking effect. */
export function overviewSummary(input: OverviewSummaryInput): ReleaseSummary {
  const { document, condition } = input;
  if (document === null) return withoutDocument(input);
  const summary = withEdge(releaseSummary({ ...input, document }), input);
  if (condition === 'fresh') return summary;
  return {
    ...summary,
    tone: 'unknown',
    sentence: `${conditionTexts[condition]} This is the last known state: ${summary.sentence}`,
    next: input.lostGeneration === null ? summary.next : lostSteps(input.lostGeneration),
  };
}

const conditionTexts: Readonly<Record<Exclude<ReleaseSource['condition'], 'fresh'>, string>> = {
  waiting: 'No release has been read yet.',
  unreachable: 'Redis does not respond.',
  absent: 'The release is gone from Redis.',
  invalid: 'The release in Redis is invalid.',
  regressed: 'Redis holds an older release than before.',
};

function withoutDocument({ service, condition }: OverviewSummaryInput): ReleaseSummary {
  const isNew = condition === 'waiting' || condition === 'absent';
  return {
    tone: 'unknown',
    sentence: isNew
      ? `Service ${service} has no release yet.`
      : conditionTexts[condition === 'fresh' ? 'waiting' : condition],
    detail: null,
    next: isNew ? ['Deploy a version: `npx perch --stack STACK deploy --image DIGEST`'] : [],
    incidentId: null,
  };
}

/** Adds what stands between the release and its clients: maintenance, silent proxies and hosts. */
function withEdge(
  summary: ReleaseSummary,
  {
    document,
    nowMs,
    lostGeneration,
    liveProxies,
    silentProxies,
    silentHosts,
    isInMaintenance,
  }: OverviewSummaryInput,
): ReleaseSummary {
  const hasMembers = document !== null && document.members.length > 0;
  const notes = [
    ...(isInMaintenance ? ['The service is in maintenance: requests get 503.'] : []),
    ...silentProxies.map(
      ({ id, lastReportMs }) => `Proxy ${id} is silent for ${leftText(nowMs - lastReportMs)}.`,
    ),
    ...silentHosts.map((host) => `The monitor of host ${host} is silent.`),
  ];
  const next = lostGeneration === null ? summary.next : lostSteps(lostGeneration);
  const isServed = liveProxies !== 0 || !hasMembers;
  if (notes.length === 0 && isServed) return { ...summary, next };
  const isCalm = summary.tone === 'good' || summary.tone === 'busy';
  return {
    ...summary,
    tone: !isServed ? 'bad' : isCalm ? 'warning' : summary.tone,
    sentence: `${isServed ? '' : 'No proxy is live. '}${summary.sentence}`,
    detail: [...(summary.detail === null ? [] : [summary.detail]), ...notes].join(' ') || null,
    next,
  };
}

function lostSteps(generation: number): string[] {
  return [
    `Redis lost generation ${generation} of the release, which live proxies apply: store it again with \`perch restore\``,
  ];
}
