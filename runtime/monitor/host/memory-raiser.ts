import type Docker from 'dockerode';
import type { Logger } from 'pino';
import type { HostSample, MemoryNeed, Workload } from '../../core/host/host-sample.ts';
import { decideMemory, type MemorySettings } from '../../core/host/memory-policy.ts';
import { formatValue } from '../../core/alerting/format-value.ts';
import { workloadSubject } from '../../core/alerting/readings.ts';
import type { EventLog } from '../../store/incidents/event-log.ts';
import { errorMessage } from '../../contract/error-message.ts';

export interface MemoryRaiserOptions {
  readonly docker: Docker;
  readonly settings: MemorySettings;
  readonly events: Pick<EventLog, 'append'>;
  /** Who raises, for the events. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * Gives containers of this host more memory when they need it, by `docker update`: every monitor
 * does it for its own host, since it alone reaches that Docker engine.
 */
export class MemoryRaiser {
  readonly #options: MemoryRaiserOptions;
  readonly #raisedAt = new Map<string, number>();
  /** Why the last raise of a container failed; so until the next one. */
  readonly #failures = new Map<string, string>();

  constructor(options: MemoryRaiserOptions) {
    this.#options = options;
  }

  /** Looks at a new sample. Answers what could not be given, for people to hear of. Never throws. */
  async look(sample: HostSample): Promise<MemoryNeed[]> {
    const needs: MemoryNeed[] = [];
    let available = sample.memoryAvailableBytes;
    for (const workload of sample.workloads) {
      const outcome = await this.#raise(workload, available);
      if (typeof outcome === 'string') {
        needs.push({ workload: workloadSubject(sample.host, workload), reason: outcome });
      } else if (available !== undefined) {
        available -= outcome;
      }
    }
    return needs;
  }

  /** Answers how many bytes were given, or why none could be. */
  async #raise(workload: Workload, hostAvailableBytes: number | undefined) {
    const { settings, now, logger } = this.#options;
    const { id, name, memoryBytes, memoryLimitBytes, memoryCapBytes } = workload;
    if (memoryBytes === undefined || memoryLimitBytes === undefined) return 0;
    const state = {
      usageBytes: memoryBytes,
      limitBytes: memoryLimitBytes,
      capBytes: memoryCapBytes,
      hostAvailableBytes,
      lastRaisedMs: this.#raisedAt.get(id),
    };
    const decision = decideMemory(state, settings, now());
    if (decision.kind === 'cannot') return decision.reason;
    if (decision.kind === 'wait') return this.#failures.get(id) ?? 0;
    if (decision.kind !== 'raise') return 0;
    this.#raisedAt.set(id, now());
    try {
      await this.#update(id, memoryLimitBytes, decision.limitBytes);
      this.#failures.delete(id);
    } catch (error) {
      const reason = errorMessage(error);
      logger.error({ container: name, reason }, 'docker update failed');
      this.#failures.set(id, reason);
      return reason;
    }
    await this.#note(name, memoryLimitBytes, decision.limitBytes);
    return decision.limitBytes - memoryLimitBytes;
  }

  /** Memory and memory with swap together, so that the swap that it may use stays the same. */
  async #update(id: string, fromBytes: number, toBytes: number): Promise<void> {
    const container = this.#options.docker.getContainer(id);
    const { MemorySwap: swap = 0 } = (await container.inspect()).HostConfig;
    const MemorySwap = swap < 0 ? -1 : toBytes + Math.max(0, swap - fromBytes);
    await container.update({ Memory: toBytes, MemorySwap });
  }

  async #note(name: string, fromBytes: number, toBytes: number): Promise<void> {
    const { events, by, logger } = this.#options;
    const from = formatValue(fromBytes, 'bytes');
    const text = `memory limit of ${name} raised from ${from} to ${formatValue(toBytes, 'bytes')}`;
    logger.info({ container: name, limitBytes: toBytes }, 'memory limit raised');
    try {
      await events.append({ type: 'memory-raised', text, by });
    } catch (error) {
      logger.warn({ err: error }, 'the raise is not in the events');
    }
  }
}
