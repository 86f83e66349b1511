import {
  CloudWatchClient,
  PutMetricDataCommand,
  type MetricDatum,
} from '@aws-sdk/client-cloudwatch';
import type { Logger } from 'pino';
import { retryDelayMs } from '../../core/alerting/retry-delay.ts';
import { awsClientOptions, type AwsOptions } from './aws-client-options.ts';
import type { Measurement } from './measurements.ts';
import { StatisticSets } from './statistic-sets.ts';

export interface PublisherOptions extends AwsOptions {
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** One PutMetricData takes so many. */
const dataPerCall = 1_000;
/** What waits while CloudWatch does not answer; the oldest go first. */
const mostWaiting = 20_000;
const publishEveryMs = 60_000;

/**
 * Custom metrics in CloudWatch, a statistic set a minute. Measuring only adds numbers up; sending
 * is for the caller to do on the side, and what could not be sent is sent later.
 */
export class CloudWatchPublisher {
  readonly #options: PublisherOptions;
  readonly #client: CloudWatchClient;
  readonly #sets = new StatisticSets();
  #waiting: MetricDatum[] = [];
  #failures = 0;
  #dueAt: number;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#client = new CloudWatchClient(awsClientOptions(options));
    this.#dueAt = options.now() + publishEveryMs;
  }

  /** How many statistic sets could not be sent yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  measure(measurements: readonly Measurement[]): void {
    for (const measured of measurements) this.#sets.add(measured);
  }

  /** Sends what is due, at most once a minute; after a failure sooner, with backoff. Never throws. */
  async publish(): Promise<void> {
    const { now, namespace, logger } = this.#options;
    if (now() < this.#dueAt) return;
    this.#waiting = [...this.#waiting, ...this.#sets.take(now())].slice(-mostWaiting);
    try {
      while (this.#waiting.length > 0) {
        const MetricData = this.#waiting.slice(0, dataPerCall);
        await this.#client.send(new PutMetricDataCommand({ Namespace: namespace, MetricData }));
        this.#waiting.splice(0, MetricData.length);
      }
      this.#failures = 0;
      this.#dueAt = now() + publishEveryMs;
    } catch (error) {
      this.#failures += 1;
      this.#dueAt = now() + retryDelayMs(this.#failures, namespace);
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      logger.warn({ reason, waiting: this.#waiting.length }, 'CloudWatch took no metrics');
    }
  }

  close(): void {
    this.#client.destroy();
  }
}
