import type { Logger } from 'pino';
import type { ProxyReport, ProxyReports } from '../../store/release/proxy-reports.ts';
import { FailureLog } from '../../store/local/failure-log.ts';
import { Periodic } from '../../store/local/periodic.ts';

export interface ReportLoopOptions {
  /** Returns the proxy's current report. */
  readonly report: () => ProxyReport;
  readonly reports: Pick<ProxyReports, 'write' | 'remove'>;
  readonly logger: Logger;
  /** Milliseconds. Default 1,000. */
  readonly intervalMs?: number;
}

/**
 * Reports to the writers which generation this proxy applies: every second, and at once on request.
 */
export class ReportLoop {
  readonly #options: ReportLoopOptions;
  readonly #periodic: Periodic;
  readonly #failures: FailureLog;
  #delivered = false;

  constructor(options: ReportLoopOptions) {
    this.#options = options;
    this.#failures = new FailureLog(options.logger, 'Redis refused the report');
    this.#periodic = new Periodic(() => this.#write(), options.intervalMs ?? 1_000);
  }

  /** True if Redis took the last report. */
  get delivered(): boolean {
    return this.#delivered;
  }

  reportNow(): void {
    this.#periodic.runNow();
  }

  /** Ends the loop and withdraws the report, so that no writer waits for this proxy. */
  async stop(): Promise<void> {
    await this.#periodic.stop();
    const { reports, report, logger } = this.#options;
    try {
      await reports.remove(report().id);
    } catch (error) {
      logger.warn({ err: error }, 'Redis did not withdraw the report; it stays until it expires');
    }
  }

  async #write(): Promise<void> {
    const { reports, report } = this.#options;
    try {
      await reports.write(report());
      this.#delivered = true;
      this.#failures.ended();
    } catch (error) {
      this.#delivered = false;
      this.#failures.failed(error);
    }
  }
}
