import type { Logger } from 'pino';
import type { SelfEjectionRequest } from '../../core/ejection/self-ejection.ts';
import type { EjectionOrders } from '../../store/release/ejection-orders.ts';
import { Periodic } from '../../store/local/periodic.ts';
import type { HealthVeto } from './health-veto.ts';
import type { SelfCheck } from './self-check.ts';

export interface SelfEjectorOptions {
  readonly memberId: string;
  readonly selfCheck: Pick<SelfCheck, 'run' | 'passes'>;
  /** Fails the health check of a member that cannot eject itself. */
  readonly veto: HealthVeto;
  readonly orders: Pick<EjectionOrders, 'read' | 'clear'>;
  /** Ejects this member and reports whether it is ejected now. Must not throw. */
  readonly eject: (request: SelfEjectionRequest) => Promise<boolean>;
  readonly logger: Logger;
}

const everyMs = 1_000;
/** Checks in a row that a member passes before its health check is its own again. */
const passesToLift = 3;

/**
 * Ejects a canary that is unhealthy, or that the monitor of its host orders to eject itself. If
 * Redis does not take the ejection, the canary fails its health check, which proxies act on
 * without Redis.
 */
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
    const { memberId, selfCheck, veto } = this.#options;
    const reason = await selfCheck.run();
    if (reason !== undefined) await this.#eject({ memberId, reason });
    else if (!(await this.#followOrder()) && selfCheck.passes >= passesToLift) veto.lift();
  }

  async #eject(request: SelfEjectionRequest): Promise<boolean> {
    const { eject, veto, logger } = this.#options;
    const { reason } = request;
    if (await eject(request)) {
      veto.lift();
      return true;
    }
    if (veto.reason === undefined) {
      logger.warn({ reason }, 'canary fails its health check because it cannot eject itself');
    }
    veto.set(reason);
    return false;
  }

  /** @returns true if there is an order. */
  async #followOrder(): Promise<boolean> {
    const { memberId, orders, logger } = this.#options;
    try {
      const order = await orders.read(memberId);
      if (order === undefined) return false;
      const { by, cause, flags } = order;
      const reason = `${by} ordered it: ${order.reason}`;
      if (await this.#eject({ memberId, reason, cause, flags })) await orders.clear(memberId);
      return true;
    } catch (error) {
      // Without Redis, there is neither an order nor a way to follow it.
      logger.debug({ err: error }, 'canary cannot read its ejection order');
      return false;
    }
  }
}
