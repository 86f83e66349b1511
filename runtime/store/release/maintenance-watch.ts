import type { Logger } from 'pino';
import { maintenanceSchema, type Maintenance } from '../../core/release/maintenance.ts';
import { FailureLog } from '../local/failure-log.ts';
import { LastGoodFile } from '../local/last-good-file.ts';
import { readStored } from '../redis/stored-values.ts';
import type { MaintenancePoll, MaintenanceReader } from './maintenance-poll.ts';
import { parseMaintenance } from './maintenance-store.ts';

export interface MaintenanceWatchOptions {
  /** Poll that the services of a proxy share. */
  readonly poll: MaintenancePoll;
  readonly service: string;
  readonly logger: Logger;
  /** File that retains the last good record; undefined: it is retained in memory only. */
  readonly file: string | undefined;
  /** Called with each record that differs from the one before. */
  readonly onChange: (maintenance: Maintenance) => void;
}

/**
 * Maintenance of a service as Redis holds it, or the last good record while Redis has none that is
 * valid: a Redis that lost it ends no maintenance and begins none.
 */
export class MaintenanceWatch {
  readonly #options: MaintenanceWatchOptions;
  readonly #reader: MaintenanceReader;
  readonly #file: LastGoodFile | undefined;
  readonly #failures: FailureLog;
  #current: Maintenance | undefined;

  constructor(options: MaintenanceWatchOptions) {
    const { service, logger, file } = options;
    this.#options = options;
    this.#file = file === undefined ? undefined : new LastGoodFile(file, logger);
    this.#failures = new FailureLog(logger, 'the maintenance was not read');
    this.#reader = {
      service,
      onRead: (json) => this.#read(json),
      onFailure: (error) => this.#failures.failed(error),
    };
  }

  /** Undefined while nothing was ever read. */
  get current(): Maintenance | undefined {
    return this.#current;
  }

  /** Takes the record that an earlier process retained. */
  async restore(): Promise<void> {
    const json = await this.#file?.read();
    const maintenance = json === undefined ? undefined : readStored(maintenanceSchema, json);
    if (maintenance !== undefined) this.#apply(maintenance);
  }

  /** Settles after the first read. */
  async start(): Promise<void> {
    await this.#options.poll.add(this.#reader);
  }

  async stop(): Promise<void> {
    await this.#options.poll.remove(this.#reader);
    await this.#file?.settled();
  }

  /** Never throws. */
  #read(json: string | null): void {
    try {
      const maintenance = parseMaintenance(json);
      this.#failures.ended();
      if (maintenance === undefined || maintenance.at === this.#current?.at) return;
      this.#file?.retain(JSON.stringify(maintenance));
      this.#apply(maintenance);
    } catch (error) {
      this.#failures.failed(error);
    }
  }

  #apply(maintenance: Maintenance): void {
    this.#current = maintenance;
    const { on, at, by } = maintenance;
    this.#options.logger.info({ at, by }, on ? 'maintenance is on' : 'maintenance is off');
    this.#options.onChange(maintenance);
  }
}
