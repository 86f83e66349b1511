import { Registry } from 'prom-client';
import { withheldReasons, type Withheld } from '../../store/release/proxy-reports.ts';
import type { ReleaseCondition } from '../../store/release/release-source.ts';
import { addMemberMetrics } from './member-metrics.ts';
import type { MemberPool } from '../routing/member-pool.ts';
import { addSampled, single, type Sample } from './sampled-metric.ts';
import type { TrafficCounter } from '../redis/traffic-counter.ts';
import type { MetricJson } from './metric-json.ts';

export interface ProxyMetricsOptions {
  /** The proxy's id: a label of every series. */
  readonly id: string;
  readonly pool: MemberPool;
  readonly traffic: TrafficCounter;
  readonly condition: () => ReleaseCondition;
  /** True if Redis took the last report; undefined without Redis. */
  readonly redisUp: () => boolean | undefined;
  /** True if a canary with a share lacks a judge; undefined without Redis. */
  readonly judgeMissing: () => boolean | undefined;
  /** Reason for which the canary's share is withheld, or `no`; undefined without Redis. */
  readonly withheld: () => Withheld['reason'] | 'no' | undefined;
  /** Open client connections. */
  readonly connections: () => number;
}

/** All metrics of one proxy process, for Prometheus. */
export class ProxyMetrics {
  readonly #registry = new Registry();
  readonly #refusals = new Map<string, number>();

  constructor(options: ProxyMetricsOptions) {
    this.#registry.setDefaultLabels({ proxy: options.id });
    addMemberMetrics(this.#registry, options.pool);
    addReleaseMetrics(this.#registry, options);
    addProcessMetrics(this.#registry, options);
    addSampled(this.#registry, {
      type: 'counter',
      name: 'perch_proxy_refusals_total',
      help: 'Requests that the proxy itself refused or abandoned, by cause.',
      labels: ['cause'],
      sample: () => Array.from(this.#refusals, ([cause, count]) => [{ cause }, count] as const),
    });
  }

  /** Adds metrics of another part of the proxy. */
  add(adding: (registry: Registry) => void): void {
    adding(this.#registry);
  }

  /** Counts a request that the proxy did not forward completely. */
  refused(cause: string): void {
    this.#refusals.set(cause, (this.#refusals.get(cause) ?? 0) + 1);
  }

  async collect(): Promise<MetricJson[]> {
    return await this.#registry.getMetricsAsJSON();
  }
}

function addReleaseMetrics(registry: Registry, options: ProxyMetricsOptions): void {
  const { pool, traffic, condition, redisUp, judgeMissing, withheld } = options;
  addSampled(registry, {
    type: 'gauge',
    name: 'perch_proxy_generation',
    help: 'Generation of the applied release document; 0 before the first.',
    sample: () => single(pool.plan?.generation ?? 0),
  });
  addSampled(registry, {
    type: 'gauge',
    name: 'perch_proxy_weight_percent',
    help: "The canary's share in the applied release document, percent.",
    sample: () => single(pool.plan?.weight ?? 0),
  });
  addSampled(registry, {
    type: 'gauge',
    name: 'perch_proxy_release_condition',
    help: "1 for the condition of the release document's source.",
    labels: ['condition'],
    sample: () => [[{ condition: condition() }, 1]],
  });
  addSampled(registry, {
    type: 'gauge',
    name: 'perch_proxy_redis_up',
    help: '1 if Redis took the last report; absent without Redis.',
    sample: () => optional(redisUp()),
  });
  addSampled(registry, {
    type: 'gauge',
    name: 'perch_proxy_judge_missing',
    help: '1 if the canary has a share and has had no judge for longer than the judge timeout.',
    sample: () => optional(judgeMissing()),
  });
  addSampled(registry, {
    type: 'gauge',
    name: 'perch_proxy_canary_withheld',
    help: "1 if stable gets the canary's share, by reason: nobody judges, or this proxy found harm.",
    labels: ['reason'],
    sample: () => {
      const current = withheld();
      if (current === undefined) return [];
      return withheldReasons.map((reason) => [{ reason }, Number(reason === current)] as const);
    },
  });
  addSampled(registry, {
    type: 'counter',
    name: 'perch_proxy_traffic_dropped_total',
    help: 'Requests whose counts were dropped because Redis was unavailable for too long.',
    sample: () => single(traffic.dropped),
  });
}

function optional(value: boolean | undefined): readonly Sample[] {
  return value === undefined ? [] : single(Number(value));
}

function addProcessMetrics(registry: Registry, { connections }: ProxyMetricsOptions): void {
  addSampled(registry, {
    type: 'gauge',
    name: 'perch_proxy_connections',
    help: 'Open client connections.',
    sample: () => single(connections()),
  });
  addSampled(registry, {
    type: 'counter',
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, user and system, seconds.',
    sample: () => {
      const { user, system } = process.cpuUsage();
      return single((user + system) / 1e6);
    },
  });
  addSampled(registry, {
    type: 'gauge',
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process, bytes.',
    sample: () => single(process.memoryUsage.rss()),
  });
}
