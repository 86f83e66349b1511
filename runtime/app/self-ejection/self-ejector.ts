import type { Logger } from 'pino';
import type { SelfEjectionRequest } from '../../core/ejection/self-ejection.ts';
import type { EjectionOrders } from '../../store/release/ejection-orders.ts';
import { Periodic } from '../../store/local/periodic.ts';
import type { SelfCheck } from './self-check.ts';

export interface SelfEjectorOptions {
  readonly memberId: string;
  readonly selfCheck: Pick<SelfCheck, 'run'>;
  readonly orders: Pick<EjectionOrders, 'read' | 'clear'>;
  /** Ejects this member and reports whether it is ejected now. Must not throw. */
  readonly eject: (request: SelfEjectionRequest) => Promise<boolean>;
  readonly logger: Logger;
}

const everyMs = 1_000;

/** Ejects a canary that is unhealthy, or that the monitor of its host orders to eject itself. */
export class SelfEjector {
  readonly #options: SelfEjectorOptions;
  #periodic: Periodic | undefined;

  constructor(options: SelfEjectorOptions) {
    this.#options = options;
  }

  /** Runs a cycle each second, the first one at once: an order may wait for a member that restarts. */
  start(): void {
    this.#periodic = new Periodic(() => this.runCycle(), everyMs);
    this.#periodic.runNow();
  }

  async stop(): Promise<void> {
    await this.#periodic?.stop();
  }

  /** Checks health and orders once. Never throws. */
  async runCycle(): Promise<void> {
    const { memberId, selfCheck, eject } = this.#options;
    const reason = await selfCheck.run();
    if (reason === undefined) await this.#followOrder();
    else await eject({ memberId, reason });
  }

  async #followOrder(): Promise<void> {
    const { memberId, orders, eject, logger } = this.#options;
    try {
      const order = await orders.read(memberId);
      if (order === undefined) return;
      const { by, cause, flags } = order;
      const reason = `${by} ordered it: ${order.reason}`;
      if (await eject({ memberId, reason, cause, flags })) await orders.clear(memberId);
    } catch (error) {
      // Without Redis, there is neither an order nor a way to follow it.
      logger.debug({ err: error }, 'canary cannot read its ejection order');
    }
  }
}
