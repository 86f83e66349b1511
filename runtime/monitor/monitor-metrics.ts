import { Counter, Gauge, Registry } from 'prom-client';
import type { SourceProblem } from '../core/host/host-sample.ts';
import type { CycleReport } from './judge/cycle-report.ts';
import type { AttemptOutcome } from './notify/retry-stage.ts';

export interface MonitorMetricsOptions {
  /** Label of every series. */
  readonly service: string;
  /** True if this monitor leads. Otherwise metrics that only the leader knows are absent. */
  readonly leads: () => boolean;
  /** Channel -> notifications queued for it. */
  readonly pending: () => ReadonlyMap<string, number>;
  /** Names of the channels that fail. */
  readonly failingChannels: () => readonly string[];
  /** Milliseconds of a monotonic clock. */
  readonly monotonicMs: () => number;
}

/** Subject of a cycle: this host, or the release, for which only the leader runs cycles. */
type CycleSubject = 'host' | 'release';

/** All metrics of one monitor, for Prometheus. */
export class MonitorMetrics {
  readonly #options: MonitorMetricsOptions;
  readonly #registry = new Registry();
  readonly #endedAt = new Map<CycleSubject, number>();
  #report: CycleReport | undefined;

  readonly #cycles = new Counter({
    name: 'perch_monitor_looks_total',
    help: 'Cycles of this host, and as the leader of the release.',
    labelNames: ['at'],
    registers: [this.#registry],
  });
  readonly #samples = new Counter({
    name: 'perch_monitor_samples_total',
    help: 'Samples of this host, by outcome: written to Redis or refused by it.',
    labelNames: ['outcome'],
    registers: [this.#registry],
  });
  readonly #sourceErrors = new Counter({
    name: 'perch_monitor_source_errors_total',
    help: 'Cycles in which a source returned no data.',
    labelNames: ['source'],
    registers: [this.#registry],
  });
  readonly #deliveries = new Counter({
    name: 'perch_monitor_deliveries_total',
    help: 'Delivery attempts, by channel and outcome.',
    labelNames: ['channel', 'outcome'],
    registers: [this.#registry],
  });

  constructor(options: MonitorMetricsOptions) {
    this.#options = options;
    this.#registry.setDefaultLabels({ service: options.service });
    this.#gauge('perch_monitor_leader', '1 for the monitor that leads.', [], () => [
      [{}, Number(options.leads())],
    ]);
    this.#gauge('perch_monitor_seconds_since_look', 'Seconds since the last cycle.', ['at'], () =>
      this.#ages(),
    );
    this.#gauge(
      'perch_monitor_verdict',
      '1 for the current verdict on the canary.',
      ['verdict'],
      () => {
        const verdict = this.#leaderReport?.verdict;
        return verdict === undefined ? [] : [[{ verdict: verdict.kind }, 1]];
      },
    );
    this.#gauge('perch_monitor_e_value', 'Evidence against the canary.', ['metric'], () => {
      const verdict = this.#leaderReport?.verdict;
      const eValues = verdict === undefined ? [] : Object.entries(verdict.evidence.eValues);
      return eValues.map(([metric, value]) => [{ metric }, value]);
    });
    this.#gauge('perch_monitor_open_incidents', 'Open incidents.', ['rule'], () =>
      (this.#leaderReport?.open ?? []).map(({ rule }) => [{ rule }, 1]),
    );
    this.#gauge('perch_monitor_channel_failing', '1 for a channel that fails.', ['channel'], () =>
      options.failingChannels().map((channel) => [{ channel }, 1]),
    );
    const queued = 'Notifications in the outbox.';
    this.#gauge('perch_monitor_outbox_pending', queued, ['channel'], () =>
      options.leads()
        ? Array.from(options.pending(), ([channel, count]) => [{ channel }, count])
        : [],
    );
  }

  /** Counts a cycle of this host. */
  sampled(problems: readonly SourceProblem[], outcome: 'written' | 'refused'): void {
    this.#countCycle('host');
    this.#samples.inc({ outcome });
    for (const { source } of problems) this.sourceFailed(source);
  }

  sourceFailed(source: string): void {
    this.#sourceErrors.inc({ source });
  }

  /** Counts a cycle of the release. */
  judged(report: CycleReport): void {
    this.#countCycle('release');
    this.#report = report;
  }

  delivered(channel: string, outcome: AttemptOutcome): void {
    this.#deliveries.inc({ channel, outcome });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Returns all metrics in Prometheus' text format. */
  async text(): Promise<string> {
    return await this.#registry.metrics();
  }

  /** Returns all metrics in the format of prom-client's aggregation. */
  async collect(): Promise<object[]> {
    return await this.#registry.getMetricsAsJSON();
  }

  get #leaderReport(): CycleReport | undefined {
    return this.#options.leads() ? this.#report : undefined;
  }

  #countCycle(at: CycleSubject): void {
    this.#cycles.inc({ at });
    this.#endedAt.set(at, this.#options.monotonicMs());
  }

  #ages(): [{ at: CycleSubject }, number][] {
    const { leads, monotonicMs } = this.#options;
    return [...this.#endedAt]
      .filter(([at]) => at === 'host' || leads())
      .map(([at, endedAt]) => [{ at }, (monotonicMs() - endedAt) / 1_000]);
  }

  /** Registers a gauge that is read on request; values with equal labels add up. */
  #gauge(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => (readonly [labels: Readonly<Record<string, string>>, value: number])[],
  ): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect: () => {
        gauge.reset();
        for (const [labels, value] of read()) gauge.inc(labels, value);
      },
    });
  }
}
