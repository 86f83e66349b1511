import type { Logger } from 'pino';
import type { ProxyReport, ProxyReports } from '../../store/release/proxy-reports.ts';
import { Periodic } from '../../store/local/periodic.ts';

export interface ReportLoopOptions {
  /** What the proxy has to say now. */
  readonly report: () => ProxyReport;
  readonly reports: Pick<ProxyReports, 'write' | 'remove'>;
  readonly logger: Logger;
  /** Default 1,000. */
  readonly intervalMs?: number;
}

/** Tells the writers, every second and at once when asked, which generation this proxy applies. */
export class ReportLoop {
  readonly #options: ReportLoopOptions;
  readonly #periodic: Periodic;
  #delivered: boolean | undefined;

  constructor(options: ReportLoopOptions) {
    this.#options = options;
    this.#periodic = new Periodic(() => this.#write(), options.intervalMs ?? 1_000);
  }

  /** Whether Redis took the last report. */
  get delivered(): boolean {
    return this.#delivered === true;
  }

  reportNow(): void {
    this.#periodic.runNow();
  }

  /** Ends and takes the report back, so that nobody waits for this proxy. */
  async stop(): Promise<void> {
    await this.#periodic.stop();
    const { reports, report, logger } = this.#options;
    try {
      await reports.remove(report().id);
    } catch (error) {
      logger.warn({ err: error }, 'the report stays until it expires');
    }
  }

  async #write(): Promise<void> {
    const { reports, report, logger } = this.#options;
    try {
      await reports.write(report());
      this.#delivered = true;
    } catch (error) {
      if (this.#delivered !== false) logger.warn({ err: error }, 'Redis does not take the report');
      this.#delivered = false;
    }
  }
}
