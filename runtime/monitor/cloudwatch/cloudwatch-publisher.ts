import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type { Logger } from 'pino';
import { retryDelayMs } from '../../core/alerting/retry-delay.ts';
import { awsClientOptions, type AwsOptions } from './aws-client-options.ts';
import { awsErrorReason } from './aws-error-reason.ts';
import { LoadedClient } from './loaded-client.ts';
import { FailureLog } from '../../store/local/failure-log.ts';
import type { Measurement } from './measurements.ts';
import { StatisticSets } from './statistic-sets.ts';

export interface PublisherOptions extends AwsOptions {
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Most data that one PutMetricData call takes. */
const dataPerCall = 1_000;
/** Most statistic sets kept while CloudWatch does not respond; the oldest are dropped first. */
const mostWaiting = 20_000;
const publishEveryMs = 60_000;

/**
 * Publishes custom metrics to CloudWatch, one statistic set a minute for each metric. `measure` only
 * adds numbers up; `publish` sends them and keeps what CloudWatch refused for the next time.
 */
export class CloudWatchPublisher {
  readonly #options: PublisherOptions;
  readonly #cloudwatch = new LoadedClient(
    () => import('@aws-sdk/client-cloudwatch'),
    ({ CloudWatchClient }) => new CloudWatchClient(awsClientOptions(this.#options)),
  );
  readonly #sets = new StatisticSets();
  #waiting: MetricDatum[] = [];
  readonly #failureLog: FailureLog;
  #failures = 0;
  #dueAt: number;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#failureLog = new FailureLog(options.logger, 'CloudWatch refused the metrics');
    this.#dueAt = options.now() + publishEveryMs;
  }

  /** Number of statistic sets that could not be sent yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  measure(measurements: readonly Measurement[]): void {
    for (const measured of measurements) this.#sets.add(measured);
  }

  /** Sends once a minute, and after a failure sooner, with growing delays. Never throws. */
  async publish(): Promise<void> {
    const { now, namespace } = this.#options;
    if (now() < this.#dueAt) return;
    this.#waiting = [...this.#waiting, ...this.#sets.take(now())].slice(-mostWaiting);
    try {
      while (this.#waiting.length > 0) {
        const MetricData = this.#waiting.slice(0, dataPerCall);
        const { sdk, client } = await this.#cloudwatch.get();
        await client.send(new sdk.PutMetricDataCommand({ Namespace: namespace, MetricData }));
        this.#waiting.splice(0, MetricData.length);
      }
      this.#failures = 0;
      this.#failureLog.ended();
      this.#dueAt = now() + publishEveryMs;
    } catch (error) {
      this.#failures += 1;
      this.#dueAt = now() + retryDelayMs(this.#failures, namespace);
      this.#failureLog.failed(awsErrorReason(error));
    }
  }

  close(): void {
    this.#cloudwatch.close();
  }
}
