import type { Logger } from 'pino';
import type { HostSample, MemoryNeed, Workload } from '../../core/host/host-sample.ts';
import { decideMemory, type MemorySettings } from '../../core/host/memory-policy.ts';
import { formatValue } from '../../core/alerting/format-value.ts';
import { workloadSubject } from '../../core/alerting/readings.ts';
import type { DockerEngine } from './engine/docker-engine.ts';
import type { EventLog } from '../../store/incidents/event-log.ts';
import { FailureLog } from '../../store/local/failure-log.ts';

export interface MemoryRaiserOptions {
  readonly docker: DockerEngine;
  readonly settings: MemorySettings;
  readonly events: Pick<EventLog, 'append'>;
  /** Author of the events. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * Raises the memory limit of containers that need it, by `docker update`. Every monitor does it for
 * its own host, because only that monitor reaches the Docker engine.
 */
export class MemoryRaiser {
  readonly #options: MemoryRaiserOptions;
  readonly #raisedAt = new Map<string, number>();
  /** Container id -> failure of its last raise. */
  readonly #failures = new Map<string, FailureLog>();

  constructor(options: MemoryRaiserOptions) {
    this.#options = options;
  }

  /**
   * Raises limits by a new sample. Never throws.
   * @returns the needs that could not be met; they open an incident.
   */
  async raise(sample: HostSample): Promise<MemoryNeed[]> {
    const needs: MemoryNeed[] = [];
    let available = sample.memoryAvailableBytes;
    for (const workload of sample.workloads) {
      const outcome = await this.#raiseOne(workload, available);
      if (typeof outcome === 'string') {
        needs.push({ workload: workloadSubject(sample.host, workload), reason: outcome });
      } else if (available !== undefined) {
        available -= outcome;
      }
    }
    return needs;
  }

  /** Returns the bytes added, or the reason why none could be. */
  async #raiseOne(workload: Workload, hostAvailableBytes: number | undefined) {
    const { settings, now } = this.#options;
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
    if (decision.kind === 'wait') return this.#failures.get(id)?.reason ?? 0;
    if (decision.kind !== 'raise') return 0;
    this.#raisedAt.set(id, now());
    try {
      await this.#update(id, memoryLimitBytes, decision.limitBytes);
      this.#failures.delete(id);
    } catch (error) {
      const failures = this.#failuresOf(id, name);
      failures.failed(error);
      return failures.reason ?? 0;
    }
    await this.#report(name, memoryLimitBytes, decision.limitBytes);
    return decision.limitBytes - memoryLimitBytes;
  }

  #failuresOf(id: string, name: string): FailureLog {
    const known = this.#failures.get(id);
    if (known !== undefined) return known;
    const logger = this.#options.logger.child({ container: name });
    const failures = new FailureLog(logger, 'Docker refused the new memory limit', {
      level: 'error',
    });
    this.#failures.set(id, failures);
    return failures;
  }

  /** Sets memory and memory with swap together, so that the swap allowance stays the same. */
  async #update(id: string, fromBytes: number, toBytes: number): Promise<void> {
    const { docker } = this.#options;
    const { MemorySwap: swap } = (await docker.inspectContainer(id)).HostConfig;
    const MemorySwap = swap < 0 ? -1 : toBytes + Math.max(0, swap - fromBytes);
    await docker.limitMemory(id, { Memory: toBytes, MemorySwap });
  }

  async #report(name: string, fromBytes: number, toBytes: number): Promise<void> {
    const { events, by, logger } = this.#options;
    const from = formatValue(fromBytes, 'bytes');
    const text = `memory limit of ${name} raised from ${from} to ${formatValue(toBytes, 'bytes')}`;
    logger.info({ container: name, limitBytes: toBytes }, 'memory limit raised');
    try {
      await events.append({ type: 'memory-raised', text, by });
    } catch (error) {
      logger.warn({ err: error }, 'Redis did not record the raise as an event');
    }
  }
}
