import type { Logger } from 'pino';
import type { ContainerMetric } from '../../contract/cloudwatch.ts';
import type { HostSample } from '../../core/host/host-sample.ts';
import type { SampleStore } from '../../store/judge/sample-store.ts';
import type { MemoryRaiser } from './memory-raiser.ts';
import type { CanaryGuard } from './canary-guard.ts';
import type { ContainerStarter } from './container-starter.ts';
import type { CloudWatchPublisher } from '../cloudwatch/cloudwatch-publisher.ts';
import { measurementsOf } from '../cloudwatch/measurements.ts';
import type { MonitorMetrics } from '../monitor-metrics.ts';
import type { Sampler } from './sampler.ts';
import { FailureLog } from '../../store/local/failure-log.ts';

export interface HostCycleOptions {
  readonly service: string;
  readonly sampler: Sampler;
  readonly samples: Pick<SampleStore, 'write'>;
  readonly guard: Pick<CanaryGuard, 'check'>;
  /** Undefined if no rule raises memory, or without a Docker engine. */
  readonly raiser: MemoryRaiser | undefined;
  /** Undefined without a Docker engine. */
  readonly starter: Pick<ContainerStarter, 'start'> | undefined;
  /** Undefined without CloudWatch. */
  readonly publisher: CloudWatchPublisher | undefined;
  /** Metrics of containers to publish. */
  readonly containerMetrics: readonly ContainerMetric[];
  readonly metrics: Pick<MonitorMetrics, 'sampled'>;
  readonly logger: Logger;
}

/**
 * Run cycle of every monitor for its own host: samples it, raises memory limits, starts containers
 * that Docker left down, publishes the sample to Redis and CloudWatch, and guards its canaries.
 */
export class HostCycle {
  readonly #options: HostCycleOptions;
  readonly #failures: FailureLog;

  constructor(options: HostCycleOptions) {
    this.#options = options;
    this.#failures = new FailureLog(options.logger, 'Redis refused the sample');
  }

  /** Never throws. */
  async run(): Promise<void> {
    const { service, sampler, guard, raiser, starter, publisher, containerMetrics, metrics } =
      this.#options;
    const sampled = await sampler.sample();
    const needs = (await raiser?.raise(sampled)) ?? [];
    const failedStarts = (await starter?.start()) ?? [];
    const sample = { ...sampled, needs, failedStarts };
    publisher?.measure(measurementsOf(service, sample, containerMetrics));
    void publisher?.publish();
    metrics.sampled(sampled.problems, await this.#write(sample));
    await guard.check(sampled);
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
