import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { maintenanceSchema, type Maintenance } from '../../core/release/maintenance.ts';
import { FailureLog } from '../local/failure-log.ts';
import { LastGoodFile } from '../local/last-good-file.ts';
import { Periodic } from '../local/periodic.ts';
import { readStored } from '../redis/stored-values.ts';
import { MaintenanceStore } from './maintenance-store.ts';

export interface MaintenanceWatchOptions {
  readonly redis: Redis;
  readonly service: string;
  readonly logger: Logger;
  /** File that retains the last good record; undefined: it is retained in memory only. */
  readonly file: string | undefined;
  /** Called with each record that differs from the one before. */
  readonly onChange: (maintenance: Maintenance) => void;
  /** Interval of the polls, milliseconds. Default 1,000. */
  readonly intervalMs?: number;
}

/**
 * Maintenance of a service as Redis holds it, or the last good record while Redis has none that is
 * valid: a Redis that lost it ends no maintenance and begins none.
 */
export class MaintenanceWatch {
  readonly #options: MaintenanceWatchOptions;
  readonly #store: MaintenanceStore;
  readonly #file: LastGoodFile | undefined;
  readonly #failures: FailureLog;
  #periodic: Periodic | undefined;
  #current: Maintenance | undefined;

  constructor(options: MaintenanceWatchOptions) {
    const { redis, service, logger, file } = options;
    this.#options = options;
    this.#store = new MaintenanceStore(redis, service);
    this.#file = file === undefined ? undefined : new LastGoodFile(file, logger);
    this.#failures = new FailureLog(logger, 'the maintenance was not read');
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
    await this.#read();
    this.#periodic = new Periodic(() => this.#read(), this.#options.intervalMs ?? 1_000);
  }

  async stop(): Promise<void> {
    await this.#periodic?.stop();
    await this.#file?.settled();
  }

  /** Never throws. */
  async #read(): Promise<void> {
    try {
      const maintenance = await this.#store.read();
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
