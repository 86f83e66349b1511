import type { Registry } from 'prom-client';
import { LatencyHistogram } from './latency-histogram.ts';
import type { MemberPool } from '../routing/member-pool.ts';
import type { RoutedMember } from '../members/routed-member.ts';
import { addSampled, type SampledMetricOptions } from './sampled-metric.ts';

/** Adds the metrics per member. A member's series end with it. */
export function addMemberMetrics(registry: Registry, pool: MemberPool): void {
  const members = () => pool.registry.members;
  const perMember = (
    type: SampledMetricOptions['type'],
    name: string,
    help: string,
    read: (member: RoutedMember) => number,
  ) => {
    const sample = () => Array.from(members(), (one) => [memberLabels(one), read(one)] as const);
    addSampled(registry, { type, name, help, labels: ['member', 'track'], sample });
  };

  addSampled(registry, {
    type: 'counter',
    name: 'perch_proxy_requests_total',
    help: 'Attempts that a member answered, by status class.',
    labels: ['member', 'track', 'status'],
    sample: () => [...members()].flatMap(answersByClass),
  });
  addSampled(registry, {
    type: 'counter',
    name: 'perch_proxy_upstream_faults_total',
    help: 'Attempts that a member did not answer completely, by fault.',
    labels: ['member', 'track', 'fault'],
    sample: () => [...members()].flatMap(faultsByKind),
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
    (member) => Number(pool.isAvailable(member)),
  );
  registry.registerMetric(
    new LatencyHistogram(
      'perch_proxy_request_duration_seconds',
      "Time from the request to the end of a member's answer.",
      () => Array.from(members(), (one) => [memberLabels(one), one.stats.latency] as const),
    ),
  );
}

function memberLabels({ id, track }: RoutedMember) {
  return { member: id, track };
}

function faultsByKind(member: RoutedMember) {
  return Object.entries(member.stats.faults).map(
    ([fault, count]) => [{ ...memberLabels(member), fault }, count] as const,
  );
}

function answersByClass(member: RoutedMember) {
  return member.stats.answers
    .map((count, index) => [{ ...memberLabels(member), status: `${index}xx` }, count] as const)
    .filter(([, count]) => count > 0);
}
