import type { Registry } from 'prom-client';
import { LatencyHistogram } from './latency-histogram.ts';
import type { RoutedMember } from '../members/routed-member.ts';
import type { MeasuredService } from './measured-service.ts';
import { addSampled, type SampledMetricOptions } from './sampled-metric.ts';

/** A member, and the service that it belongs to. */
interface ServiceMember {
  readonly service: MeasuredService;
  readonly member: RoutedMember;
}

/** Adds the metrics per member. A member's series end with it. */
export function addMemberMetrics(
  registry: Registry,
  services: () => readonly MeasuredService[],
): void {
  const members = (): ServiceMember[] =>
    services().flatMap((service) =>
      Array.from(service.pool.registry.members, (member) => ({ service, member })),
    );
  const perMember = (
    type: SampledMetricOptions['type'],
    name: string,
    help: string,
    read: (member: RoutedMember, service: MeasuredService) => number,
  ) => {
    const sample = () =>
      members().map((one) => [memberLabels(one), read(one.member, one.service)] as const);
    addSampled(registry, { type, name, help, labels: [...memberLabelNames], sample });
  };

  addSampled(registry, {
    type: 'counter',
    name: 'perch_proxy_requests_total',
    help: 'Attempts that a member answered, by status class.',
    labels: [...memberLabelNames, 'status'],
    sample: () => members().flatMap(answersByClass),
  });
  addSampled(registry, {
    type: 'counter',
    name: 'perch_proxy_upstream_faults_total',
    help: 'Attempts that a member did not answer completely, by fault.',
    labels: [...memberLabelNames, 'fault'],
    sample: () => members().flatMap(faultsByKind),
  });
  perMember(
    'counter',
    'perch_proxy_client_aborts_total',
    "Attempts that ended by the client's own fault.",
    ({ stats }) => stats.clientAborts,
  );
  perMember(
    'counter',
    'perch_proxy_abandoned_total',
    'Attempts that the client gave up while it waited for the member.',
    ({ stats }) => stats.abandonments,
  );
  perMember(
    'counter',
    'perch_proxy_called_failures_total',
    'Answers that the application itself called failures, by Perch-Outcome.',
    ({ stats }) => stats.calledFailures,
  );
  perMember(
    'counter',
    'perch_proxy_ejections_total',
    'Ejections of a member by failures in a row.',
    ({ stats }) => stats.ejections,
  );
  perMember(
    'gauge',
    'perch_proxy_in_flight',
    'Requests and tunnels in flight at a member.',
    ({ inFlight }) => inFlight,
  );
  perMember(
    'gauge',
    'perch_proxy_member_available',
    '1 for a member that is neither unhealthy nor ejected.',
    (member, { pool }) => Number(pool.isAvailable(member)),
  );
  registry.registerMetric(
    new LatencyHistogram(
      'perch_proxy_request_duration_seconds',
      "Time from the request to the end of a member's answer.",
      () => members().map((one) => [memberLabels(one), one.member.stats.latency] as const),
    ),
  );
}

const memberLabelNames = ['service', 'member', 'track'] as const;

function memberLabels({ service, member }: ServiceMember) {
  return { service: service.name, member: member.id, track: member.track };
}

function faultsByKind(one: ServiceMember) {
  return Object.entries(one.member.stats.faults).map(
    ([fault, count]) => [{ ...memberLabels(one), fault }, count] as const,
  );
}

function answersByClass(one: ServiceMember) {
  return one.member.stats.answers
    .map((count, index) => [{ ...memberLabels(one), status: `${index}xx` }, count] as const)
    .filter(([, count]) => count > 0);
}
