import { Command } from 'commander';
import { formatValue } from '../core/alerting/format-value.ts';
import { openIncidents } from '../core/alerting/incident-notes.ts';
import { metrics } from '../core/alerting/metric-catalog.ts';
import { clockError } from '../core/host/clock-offset.ts';
import { memberView, type MemberView } from '../console/views/member-view.ts';
import type { ReleaseDocument } from '../core/release/release-document.ts';
import { missingText } from '../core/analysis/missing-text.ts';
import { toStoredStatus, type StoredJudgeStatus } from '../core/analysis/judge-status.ts';
import { statusCertificates } from '../store/edge/status-certificates.ts';
import { IncidentStore } from '../store/incidents/incident-store.ts';
import { MuteStore } from '../store/incidents/mute-store.ts';
import { JudgeStore } from '../store/judge/judge-store.ts';
import { lostGeneration } from '../core/release/lost-document.ts';
import { maintenanceView } from '../core/release/maintenance.ts';
import { hostsWithoutSample } from '../core/release/silent-hosts.ts';
import { MaintenanceStore } from '../store/release/maintenance-store.ts';
import { SampleStore } from '../store/judge/sample-store.ts';
import { silentProxies, type KnownProxy } from '../core/release/known-proxy.ts';
import type { ProxyReport, Withheld } from '../store/release/proxy-reports.ts';
import { noReleaseText } from './absence.ts';
import { certificatesText, fileCertificatesText, ownCertificatesText } from './certificate-text.ts';
import { incidentJson, openIncidentsText } from './incident-text.ts';
import { maintenanceText } from './maintenance-text.ts';
import { print, table, type OutputOptions } from './output.ts';
import { rolloutName } from './rollout-text.ts';
import { withSession } from './session.ts';

/**
 * `perch status`: prints the release, its members, the live proxies, the judge's status and the open
 * incidents.
 */
export function statusCommand(): Command {
  return new Command('status')
    .description(
      "Show the release, its members, the live proxies, the judge's status and open incidents.",
    )
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch status')
    .action(async (options: OutputOptions) =>
      withSession(async ({ redis, releases, reports, service }) => {
        // A document that is read after the reports is at least as new as they are.
        const proxies = await reports.list();
        const read = await releases.read();
        if (read.kind === 'invalid') throw read.problem;
        const stored = read.kind === 'found' ? read.document.generation : 0;
        const lost = lostGeneration(stored, proxies) ?? null;
        const silent = silentProxies(
          await reports.known(),
          proxies.map(({ id }) => id),
        );
        const judgeStatus = (await new JudgeStore(redis, service).judgeStatus()) ?? null;
        const opinion = judgeStatus && toStoredStatus(judgeStatus);
        const [known, mutes, held] = await Promise.all([
          new IncidentStore(redis, service).list(),
          new MuteStore(redis, service).read(),
          statusCertificates({ redis, service, reports }),
        ]);
        const { acme: certificates, own: ownCertificates, files: fileCertificates } = held;
        const maintenance = await new MaintenanceStore(redis, service).read();
        const maintenanceLines = maintenanceText(maintenance, proxies);
        const open = openIncidents(known.values());
        const incidents = open.map((incident) => incidentJson(incident, mutes));
        const incidentsText = openIncidentsText(open, mutes, Date.now());
        const certificateTables = [
          ...certificatesText(certificates),
          ...ownCertificatesText(ownCertificates, Date.now()),
          ...fileCertificatesText(fileCertificates, Date.now()),
        ];
        if (read.kind === 'absent') {
          print(
            options,
            {
              service,
              release: null,
              lostGeneration: lost,
              proxies,
              silentProxies: silent,
              maintenance: maintenanceView(maintenance),
              opinion,
              certificates,
              ownCertificates,
              fileCertificates,
              incidents,
            },
            [
              lost === null ? await noReleaseText({ redis, service }) : lostText(lost),
              ...maintenanceLines,
              ...certificateTables,
              incidentsText,
            ].join('\n\n'),
          );
          return;
        }
        const { document } = read;
        const samples = await new SampleStore(redis, service).list();
        const silentHosts = hostsWithoutSample(document, samples);
        const members = document.members.map((each) => memberView(each, proxies, samples));
        const text = [
          ...(lost === null ? [] : [lostText(lost)]),
          ...maintenanceLines,
          statusText(document, members, { proxies, silent }),
          ...(samples.length > 0 ? silentHosts.map((host) => silentHostText(host, document)) : []),
          judgeStatusText(judgeStatus),
          ...certificateTables,
          incidentsText,
        ].join('\n\n');
        const release = document;
        print(
          options,
          {
            service,
            release,
            lostGeneration: lost,
            proxies,
            silentProxies: silent,
            silentHosts,
            members,
            maintenance: maintenanceView(maintenance),
            opinion,
            certificates,
            ownCertificates,
            fileCertificates,
            incidents,
          },
          text,
        );
      }),
    );
}

function lostText(generation: number): string {
  return (
    `Redis lost generation ${generation} of the release document, which live proxies apply: ` +
    'store it again with "perch restore"; until then nothing changes'
  );
}

function silentHostText(host: string, { members }: ReleaseDocument): string {
  const ids = members.filter((member) => member.host === host).map(({ id }) => id);
  return (
    `host ${host} is silent: its monitor has not reported for 15 s (members ${ids.join(', ')}); ` +
    'if it died, replace it: docs/hosts.md'
  );
}

interface KnownProxies {
  readonly proxies: readonly ProxyReport[];
  readonly silent: readonly KnownProxy[];
}

function statusText(
  document: ReleaseDocument,
  members: readonly MemberView[],
  { proxies, silent }: KnownProxies,
): string {
  const { service, generation, weight, affinity, reason, updatedBy } = document;
  const at = new Date(document.updatedAt).toISOString();
  const parts = [
    `service ${service}: ${rolloutName(document)}, canary weight ${weight}, affinity ${affinity}`,
    `generation ${generation}: ${reason} (${updatedBy}, ${at})`,
    '',
    memberTable(members, proxies),
    '',
    proxyTable(proxies, silent),
  ];
  return parts.join('\n');
}

function memberTable(members: readonly MemberView[], proxies: readonly ProxyReport[]): string {
  if (members.length === 0) return 'no members';
  const rows = members.map((member) => {
    const health = new Set(proxies.map((proxy) => proxy.memberHealth[member.id] ?? 'unknown'));
    return [
      member.id,
      member.track,
      member.version,
      member.state,
      [...health].sort().join('/') || 'unknown',
      String(member.inFlight ?? 0),
      latencyText(member.latency),
      member.url,
      member.host,
    ];
  });
  return table([
    ['MEMBER', 'TRACK', 'VERSION', 'STATE', 'HEALTH', 'IN FLIGHT', 'P50/P95', 'URL', 'HOST'],
    ...rows,
  ]);
}

function latencyText(latency: MemberView['latency']): string {
  if (latency === null) return '-';
  return [latency.p50Ms, latency.p95Ms].map((ms) => formatValue(ms, 'ms')).join('/');
}

/** Live proxies, and silent ones, which may still serve clients. */
function proxyTable(proxies: readonly ProxyReport[], silent: readonly KnownProxy[]): string {
  if (proxies.length + silent.length === 0) return 'no live proxy';
  return table([
    ['PROXY', 'GENERATION', 'DOCUMENT', "CANARY'S SHARE", 'CLOCK'],
    ...proxies.map(({ id, generation, condition, withheld, clockOffsetMs }) => [
      id,
      String(generation),
      condition,
      withheld === undefined ? 'given' : withheldText(withheld),
      clockOffsetMs === undefined ? 'unknown' : (clockError(clockOffsetMs) ?? 'right'),
    ]),
    ...silent.map(({ id, lastReportMs }) => [
      id,
      '?',
      `silent since ${new Date(lastReportMs).toISOString()}`,
      '?',
      '?',
    ]),
  ]);
}

function withheldText({ reason, sinceMs, evidence }: Withheld): string {
  const since = new Date(sinceMs).toISOString();
  return reason === 'unjudged'
    ? `withheld since ${since}: nobody judges`
    : `withheld since ${since}: ${evidence ?? 'harmful'}`;
}

/** The leader's verdict on the canary, and the rules that are firing or near their thresholds. */
function judgeStatusText(judgeStatus: StoredJudgeStatus | null): string {
  if (judgeStatus === null) return 'no monitor judges the canary';
  const { verdict, near, leader } = judgeStatus;
  const judged =
    verdict === null
      ? `no canary on trial (${leader})`
      : [`canary ${verdict.kind}: ${verdict.sentence} (${leader})`, missingText(verdict)]
          .filter((line) => line !== undefined)
          .join('\n');
  if (near.length === 0) return judged;
  const rows = near.map(({ rule, subject, metric, value, threshold, state }) => {
    const unit = Object.entries(metrics).find(([name]) => name === metric)?.[1].unit ?? 'count';
    return [rule, subject, formatValue(value, unit), formatValue(threshold, unit), state];
  });
  return `${judged}\n\n${table([['RULE', 'SUBJECT', 'VALUE', 'THRESHOLD', 'STATE'], ...rows])}`;
}
