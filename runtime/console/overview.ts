import { incidentNotes, openIncidents } from '../core/alerting/incident-notes.ts';
import type { Incident } from '../core/alerting/incident.ts';
import type { Mutes } from '../core/alerting/mutes.ts';
import {
  appliersOfLost,
  maintenanceView,
  type MaintenanceView,
} from '../core/release/maintenance.ts';
import type { Member, ReleaseDocument } from '../core/release/release-document.ts';
import type { EventLog, PerchEvent } from '../store/incidents/event-log.ts';
import type { IncidentStore } from '../store/incidents/incident-store.ts';
import type { MuteStore } from '../store/incidents/mute-store.ts';
import type { FlagDefinition } from '../store/flags/flag-definition.ts';
import type { FlagWatch } from '../store/flags/flag-watch.ts';
import type { MaintenanceStore } from '../store/release/maintenance-store.ts';
import type { ProxyReport, ProxyReports } from '../store/release/proxy-reports.ts';
import type { ReleaseSource } from '../store/release/release-source.ts';

/** Flag as the page shows it. */
export interface FlagView {
  readonly key: string;
  readonly state: FlagDefinition['state'];
  readonly defaultVariant: string | null;
  /** Variant -> value. */
  readonly variants: FlagDefinition['variants'];
  /** True if targeting may give some callers a variant other than the default. */
  readonly targeted: boolean;
  /** `description` in flagd's metadata. */
  readonly description: string | null;
}

/** Member with its state in the release document and its health in the proxies' reports. */
export interface MemberView extends Member {
  /** Unhealthy if any proxy reports so; null if no proxy reports the member. */
  readonly health: 'healthy' | 'unhealthy' | null;
  /** Requests in flight over all proxies; null without a proxy's report. */
  readonly inFlight: number | null;
}

/** Open incident as the page shows it. */
export interface OpenIncident {
  readonly id: string;
  readonly rule: string;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly openedAt: number;
  readonly details: Incident['details'];
  /** That it flaps, and what operators said about it. */
  readonly notes: readonly string[];
}

/** Everything that the page shows. A part that could not be read is null, never empty. */
export interface Overview {
  readonly service: string;
  readonly release: {
    readonly condition: ReleaseSource['condition'];
    readonly document: (Omit<ReleaseDocument, 'members'> & { members: MemberView[] }) | null;
  };
  readonly proxies: Pick<ProxyReport, 'id' | 'generation' | 'condition'>[] | null;
  readonly maintenance: {
    /** Null outside of a maintenance. */
    readonly current: MaintenanceView | null;
    /** Proxies that apply a maintenance of which Redis has lost the record. */
    readonly stillAppliedBy: string[];
  } | null;
  readonly flags: { readonly condition: FlagWatch['condition']; readonly list: FlagView[] | null };
  /** Open incidents, newest first. */
  readonly incidents: OpenIncident[] | null;
  /** Newest first. */
  readonly events: PerchEvent[] | null;
}

export interface OverviewSources {
  readonly service: string;
  readonly releases: Pick<ReleaseSource, 'current' | 'condition'>;
  readonly flags: Pick<FlagWatch, 'current' | 'condition'>;
  readonly reports: Pick<ProxyReports, 'list'>;
  readonly maintenance: Pick<MaintenanceStore, 'read'>;
  readonly incidents: Pick<IncidentStore, 'list'>;
  readonly mutes: Pick<MuteStore, 'read'>;
  readonly events: Pick<EventLog, 'last'>;
}

const shownEvents = 30;

/** Reads everything that the page shows. Never throws: parts that cannot be read are null. */
export async function overview(sources: OverviewSources): Promise<Overview> {
  const { service, releases, flags } = sources;
  const [reports, maintenance, incidents, mutes, events] = await Promise.all([
    orNull(sources.reports.list()),
    orNull(sources.maintenance.read()),
    orNull(sources.incidents.list()),
    orNull(sources.mutes.read()),
    orNull(sources.events.last(shownEvents)),
  ]);
  const document = releases.current;
  const list = flags.current;
  return {
    service,
    release: {
      condition: releases.condition,
      document:
        document === undefined
          ? null
          : { ...document, members: document.members.map((each) => memberView(each, reports)) },
    },
    proxies:
      reports?.map(({ id, generation, condition }) => ({ id, generation, condition })) ?? null,
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
    incidents:
      incidents &&
      mutes &&
      openIncidents(incidents.values()).map((incident) => incidentView(incident, mutes)),
    events: events?.toReversed() ?? null,
  };
}

/** Converts a stored flag for the page. */
export function flagView([key, flag]: readonly [string, FlagDefinition]): FlagView {
  const { targeting, metadata } = flag;
  return {
    key,
    state: flag.state,
    defaultVariant: flag.defaultVariant ?? null,
    variants: flag.variants,
    targeted:
      typeof targeting === 'object' && targeting !== null && Object.keys(targeting).length > 0,
    description: descriptionIn(metadata),
  };
}

function incidentView(incident: Incident, mutes: Mutes): OpenIncident {
  const { id, rule, subject, openedAt, details } = incident;
  return { id, rule, subject, openedAt, details, notes: incidentNotes(incident, mutes) };
}

function memberView(member: Member, reports: readonly ProxyReport[] | null): MemberView {
  if (reports === null || reports.length === 0) return { ...member, health: null, inFlight: null };
  const reported = reports.flatMap(({ memberHealth }) => memberHealth[member.id] ?? []);
  const healthy = reported.length === 0 ? null : 'healthy';
  return {
    ...member,
    health: reported.includes('unhealthy') ? 'unhealthy' : healthy,
    inFlight: reports.reduce((sum, { inFlight }) => sum + (inFlight[member.id] ?? 0), 0),
  };
}

function descriptionIn(metadata: unknown): string | null {
  if (typeof metadata !== 'object' || metadata === null || !('description' in metadata))
    return null;
  return typeof metadata.description === 'string' ? metadata.description : null;
}

function byKey(a: FlagView, b: FlagView): number {
  return a.key.localeCompare(b.key);
}

/** Null instead of an error: the connection logs its own errors. */
function orNull<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch(() => null);
}
