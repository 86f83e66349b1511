import type { Logger } from 'pino';
import type { HostSample } from '../../core/host/host-sample.ts';
import type { SampleStore } from '../../store/judge/sample-store.ts';
import type { MemoryRaiser } from './memory-raiser.ts';
import type { CanaryGuard } from './canary-guard.ts';
import type { CloudWatchPublisher } from '../cloudwatch/cloudwatch-publisher.ts';
import { measurementsOf } from '../cloudwatch/measurements.ts';
import type { MonitorMetrics } from '../monitor-metrics.ts';
import type { Sampler } from './sampler.ts';
import { FailureLog } from '../../store/local/failure-log.ts';

export interface HostCycleOptions {
  readonly service: string;
  readonly sampler: Sampler;
  readonly samples: Pick<SampleStore, 'write'>;
  readonly guard: Pick<CanaryGuard, 'look'>;
  /** Undefined where no rule raises memory, or there is no Docker engine. */
  readonly raiser: MemoryRaiser | undefined;
  /** Undefined without CloudWatch. */
  readonly publisher: CloudWatchPublisher | undefined;
  readonly metrics: Pick<MonitorMetrics, 'sampled'>;
  readonly logger: Logger;
}

/** What every monitor does for its own host: look, give memory, tell Redis, CloudWatch and canaries. */
export class HostCycle {
  readonly #options: HostCycleOptions;
  readonly #failures: FailureLog;

  constructor(options: HostCycleOptions) {
    this.#options = options;
    this.#failures = new FailureLog(options.logger, 'Redis refused the sample');
  }

  /** Never throws. */
  async run(): Promise<void> {
    const { service, sampler, guard, raiser, publisher, metrics } = this.#options;
    const looked = await sampler.sample();
    const needs = (await raiser?.look(looked)) ?? [];
    const sample = { ...looked, needs };
    publisher?.measure(measurementsOf(service, sample));
    void publisher?.publish();
    metrics.sampled(looked.problems, await this.#write(sample));
    await guard.look(looked);
  }

  async #write(sample: HostSample): Promise<'written' | 'refused'> {
    const { samples } = this.#options;
    try {
      await samples.write(sample);
      this.#failures.ended();
      return 'written';
    } catch (error) {
      this.#failures.failed(error);
      return 'refused';
    }
  }
}
