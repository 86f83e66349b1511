import type { Logger } from 'pino';
import type { SelfEjectionRequest } from '../../core/ejection/self-ejection.ts';
import type { EjectionOrders } from '../../store/release/ejection-orders.ts';
import { Periodic } from '../../store/local/periodic.ts';
import type { SelfCheck } from './self-check.ts';

export interface SelfEjectorOptions {
  readonly memberId: string;
  readonly health: Pick<SelfCheck, 'check'>;
  readonly orders: Pick<EjectionOrders, 'read' | 'clear'>;
  /** Takes this member out of rotation; answers whether it is out. Must not throw. */
  readonly ejection: (ejection: SelfEjectionRequest) => Promise<boolean>;
  readonly logger: Logger;
}

const everyMs = 1_000;

/** A canary that leaves when its own health is bad, or when the monitor of its host says so. */
export class SelfEjector {
  readonly #options: SelfEjectorOptions;
  #periodic: Periodic | undefined;

  constructor(options: SelfEjectorOptions) {
    this.#options = options;
  }

  /** Looks at once: a member that crashes again and again may find an order. */
  start(): void {
    this.#periodic = new Periodic(() => this.check(), everyMs);
    this.#periodic.runNow();
  }

  async stop(): Promise<void> {
    await this.#periodic?.stop();
  }

  /** Looks once. Never throws. */
  async check(): Promise<void> {
    const { memberId, health, ejection } = this.#options;
    const reason = await health.check();
    if (reason === undefined) await this.#obey();
    else await ejection({ memberId, reason });
  }

  async #obey(): Promise<void> {
    const { memberId, orders, ejection, logger } = this.#options;
    try {
      const order = await orders.read(memberId);
      if (order === undefined) return;
      const { by, reason, cause, flags } = order;
      const told = `${by} told it to: ${reason}`;
      if (await ejection({ memberId, reason: told, cause, flags })) await orders.clear(memberId);
    } catch (error) {
      // Without Redis there is neither an order nor a way to follow one.
      logger.debug({ err: error }, 'orders cannot be read');
    }
  }
}
