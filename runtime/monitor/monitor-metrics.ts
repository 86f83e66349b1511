import { Counter, Gauge, Registry } from 'prom-client';
import type { SourceProblem } from '../core/host/host-sample.ts';
import type { CycleReport } from './judge/cycle-report.ts';

export interface MonitorMetricsOptions {
  /** Whether this monitor judges: what only the leader knows is absent otherwise. */
  readonly leads: () => boolean;
  /** Channel -> notices that wait for it. */
  readonly pending: () => ReadonlyMap<string, number>;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
}

/** What is looked at: this host, or the release, which the leader alone looks at. */
type Seen = 'host' | 'release';

/** All metrics of one monitor, for Prometheus. */
export class MonitorMetrics {
  readonly #options: MonitorMetricsOptions;
  readonly #registry = new Registry();
  readonly #lookedAt = new Map<Seen, number>();
  #look: CycleReport | undefined;

  readonly #looks = new Counter({
    name: 'perch_monitor_looks_total',
    help: 'Looks at this host, and as the leader at the release.',
    labelNames: ['at'],
    registers: [this.#registry],
  });
  readonly #samples = new Counter({
    name: 'perch_monitor_samples_total',
    help: 'Samples of this host, by whether Redis took them.',
    labelNames: ['outcome'],
    registers: [this.#registry],
  });
  readonly #sourceErrors = new Counter({
    name: 'perch_monitor_source_errors_total',
    help: 'Looks at which a source gave no data.',
    labelNames: ['source'],
    registers: [this.#registry],
  });
  readonly #deliveries = new Counter({
    name: 'perch_monitor_deliveries_total',
    help: 'Tries to deliver a notice, by channel and outcome.',
    labelNames: ['channel', 'outcome'],
    registers: [this.#registry],
  });

  constructor(options: MonitorMetricsOptions) {
    this.#options = options;
    this.#gauge('perch_monitor_leader', '1 for the monitor that judges.', [], () => [
      [{}, Number(options.leads())],
    ]);
    this.#gauge('perch_monitor_seconds_since_look', 'Since the last look.', ['at'], () =>
      this.#ages(),
    );
    this.#gauge('perch_monitor_verdict', '1 for the verdict on the canary.', ['verdict'], () => {
      const verdict = this.#leadersLook?.verdict;
      return verdict === undefined ? [] : [[{ verdict: verdict.kind }, 1]];
    });
    this.#gauge('perch_monitor_e_value', 'Evidence against the canary.', ['metric'], () => {
      const verdict = this.#leadersLook?.verdict;
      const eValues = verdict === undefined ? [] : Object.entries(verdict.evidence.eValues);
      return eValues.map(([metric, value]) => [{ metric }, value]);
    });
    this.#gauge('perch_monitor_open_incidents', 'Incidents that are open.', ['rule'], () =>
      (this.#leadersLook?.open ?? []).map(({ rule }) => [{ rule }, 1]),
    );
    const waiting = 'Notices that wait for their delivery.';
    this.#gauge('perch_monitor_outbox_pending', waiting, ['channel'], () =>
      options.leads()
        ? Array.from(options.pending(), ([channel, count]) => [{ channel }, count])
        : [],
    );
  }

  /** A look at this host ended. */
  sampled(problems: readonly SourceProblem[], outcome: 'written' | 'refused'): void {
    this.#noteLook('host');
    this.#samples.inc({ outcome });
    for (const { source } of problems) this.sourceFailed(source);
  }

  sourceFailed(source: string): void {
    this.#sourceErrors.inc({ source });
  }

  /** The leader's look at the release ended. */
  judged(look: CycleReport): void {
    this.#noteLook('release');
    this.#look = look;
  }

  delivered(channel: string, outcome: 'sent' | 'failed' | 'given-up'): void {
    this.#deliveries.inc({ channel, outcome });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus' text format. */
  async text(): Promise<string> {
    return await this.#registry.metrics();
  }

  get #leadersLook(): CycleReport | undefined {
    return this.#options.leads() ? this.#look : undefined;
  }

  #noteLook(at: Seen): void {
    this.#looks.inc({ at });
    this.#lookedAt.set(at, this.#options.monotonicMs());
  }

  #ages(): [{ at: Seen }, number][] {
    const { leads, monotonicMs } = this.#options;
    return [...this.#lookedAt]
      .filter(([at]) => at === 'host' || leads())
      .map(([at, lookedAt]) => [{ at }, (monotonicMs() - lookedAt) / 1_000]);
  }

  /** A gauge that is read when someone asks; values with equal labels add up. */
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
