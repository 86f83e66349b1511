import { openIncidents } from '../core/alerting/incident-notes.ts';
import type { Silence } from '../core/alerting/mutes.ts';
import { phaseEvent } from '../core/release/phase-event.ts';
import { silentProxies } from '../core/release/known-proxy.ts';
import { lostGeneration } from '../core/release/lost-document.ts';
import {
  appliersOfLost,
  maintenanceView,
  type MaintenanceView,
} from '../core/release/maintenance.ts';
import type { ReleaseDocument } from '../core/release/release-document.ts';
import { hostsWithoutSample } from '../core/release/silent-hosts.ts';
import type { PerchEvent } from '../store/incidents/event-log.ts';
import { resolvedKeptMs } from '../store/incidents/incident-store.ts';
import type { FlagWatch } from '../store/flags/flag-watch.ts';
import type { ReleaseSource } from '../store/release/release-source.ts';
import { memberAction, possibleActions, type ChangeName } from './changes/release-change.ts';
import type { OverviewSources } from './overview-sources.ts';
import type { ListedService } from './services/service-list.ts';
import {
  certificateViews,
  proxyView,
  silentProxyView,
  type CertificateView,
  type ProxyView,
  type SilentProxy,
} from './views/edge-view.ts';
import { byKey, flagView, type FlagView } from './views/flag-view.ts';
import { historyView, type PastRelease } from './views/history-view.ts';
import {
  incidentView,
  resolvedIncidents,
  type ShownIncident,
  type ResolvedIncident,
} from './views/incident-view.ts';
import { memberView, type MemberView } from './views/member-view.ts';
import { overviewSummary } from './views/overview-summary.ts';
import type { ReleaseSummary } from './views/release-summary.ts';
import { rolloutView, type RolloutView } from './views/rollout-view.ts';

/** Member with the change that the release allows for it now; null if it allows none. */
type ShownMember = MemberView & { readonly action: ReturnType<typeof memberAction> };

/** Mode of the page, and the person who makes its changes unless another one is named. */
export interface PageMode {
  readonly operator: string;
  /** True if the page only shows. */
  readonly isReadOnly: boolean;
  /** Email address of the person who is signed in; null in a console at which nobody signs in. */
  readonly person: string | null;
}

/** Everything that the page shows. A part that could not be read is null, never empty. */
export interface Overview {
  readonly service: string;
  readonly page: PageMode;
  /** All services of the edge, those that need a person first. */
  readonly services: readonly ListedService[] | null;
  readonly summary: ReleaseSummary;
  readonly release: {
    readonly condition: ReleaseSource['condition'];
    readonly document: (Omit<ReleaseDocument, 'members'> & { members: ShownMember[] }) | null;
    /** Changes that the release allows now. */
    readonly actions: readonly ChangeName[];
  };
  /** Null without a release. */
  readonly rollout: RolloutView | null;
  readonly proxies: ProxyView[] | null;
  readonly silentProxies: SilentProxy[] | null;
  /** Hosts of members whose monitors are silent; null if no monitor reports at all. */
  readonly silentHosts: string[] | null;
  /** By the end of their validity. */
  readonly certificates: CertificateView[] | null;
  readonly maintenance: {
    /** Null outside of a maintenance. */
    readonly current: MaintenanceView | null;
    /** Proxies that apply a maintenance of which Redis has lost the record. */
    readonly stillAppliedBy: string[];
  } | null;
  readonly flags: { readonly condition: FlagWatch['condition']; readonly list: FlagView[] | null };
  /** Open incidents, newest first. */
  readonly incidents: ShownIncident[] | null;
  /** The newest of the last week, the last resolved first. */
  readonly resolvedIncidents: ResolvedIncident[] | null;
  /** By their end. */
  readonly silences: Silence[] | null;
  /** Newest first. */
  readonly events: PerchEvent[] | null;
  /** Newest first. */
  readonly history: PastRelease[] | null;
}

const shownEvents = 30;
/** Events among which the beginning of the present phase is looked for. */
const searchedEvents = 200;

/** Reads everything that the page shows. Never throws: parts that cannot be read are null. */
export async function overview(sources: OverviewSources, page: PageMode): Promise<Overview> {
  const { service, releases, flags } = sources;
  const nowMs = sources.now();
  const [
    reports,
    known,
    samples,
    certificates,
    judge,
    maintenance,
    incidents,
    past,
    mutes,
    events,
    history,
    services,
  ] = await Promise.all([
    orNull(sources.reports.list()),
    orNull(sources.reports.known()),
    orNull(sources.samples.list()),
    orNull(sources.certificates()),
    orNull(sources.judge.judgeStatus()),
    orNull(sources.maintenance.read()),
    orNull(sources.incidents.list()),
    orNull(sources.incidents.past(nowMs - resolvedKeptMs)),
    orNull(sources.mutes.read()),
    orNull(sources.events.last(searchedEvents)),
    orNull(sources.history.list()),
    orNull(sources.services()),
  ]);
  const document = releases.current ?? null;
  const open = incidents && openIncidents(incidents.values());
  const silent =
    reports &&
    known &&
    silentProxies(
      known,
      reports.map(({ id }) => id),
    ).map(silentProxyView);
  const silentHosts =
    samples === null || samples.length === 0 || document === null
      ? null
      : hostsWithoutSample(document, samples);
  const list = flags.current;
  return {
    service,
    page,
    services,
    summary: overviewSummary({
      service,
      condition: releases.condition,
      document,
      lostGeneration: lostGeneration(document?.generation ?? 0, reports ?? []) ?? null,
      liveProxies: reports?.length ?? null,
      silentProxies: silent ?? [],
      silentHosts: silentHosts ?? [],
      isInMaintenance: maintenance?.on === true,
      judge,
      incidents: open,
      begun: document === null ? undefined : phaseEvent(document, events ?? []),
      nowMs,
    }),
    release: {
      condition: releases.condition,
      document: document && {
        ...document,
        members: document.members.map((each) => ({
          ...memberView(each, reports, samples),
          action: memberAction(document, each.id),
        })),
      },
      actions: document === null ? [] : possibleActions(document),
    },
    rollout: document && (await rolloutView({ document, judge, events, nowMs }, sources.traffic)),
    proxies: reports?.map(proxyView).sort((a, b) => a.id.localeCompare(b.id)) ?? null,
    silentProxies: silent,
    silentHosts,
    certificates: certificates && certificateViews(certificates),
    maintenance:
      maintenance === null
        ? null
        : {
            current: maintenanceView(maintenance),
            stillAppliedBy: appliersOfLost(maintenance, reports ?? []),
          },
    flags: {
      condition: flags.condition,
      list: list === undefined ? null : [...list].map(flagView).sort(byKey),
    },
    incidents: open && mutes && open.map((incident) => incidentView(incident, mutes)),
    resolvedIncidents: incidents && past && resolvedIncidents(incidents.values(), past),
    silences: mutes && mutes.silences.toSorted((a, b) => a.untilMs - b.untilMs),
    events: events?.slice(-shownEvents).toReversed() ?? null,
    history: history && historyView(history, document, events),
  };
}

/** Null instead of an error: the connection logs its own errors. */
function orNull<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch(() => null);
}
