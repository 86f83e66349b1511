import type { Logger } from 'pino';
import { errorMessage } from '../../contract/error-message.ts';
import { labels } from '../../contract/labels.ts';
import { workloadSubject } from '../../core/alerting/readings.ts';
import type { FailedStart } from '../../core/host/host-sample.ts';
import { decideStart, type StartAttempts } from '../../core/host/start-policy.ts';
import type { DockerEngine } from './engine/docker-engine.ts';
import type { ListedContainer } from './engine/engine-schemas.ts';
import type { EventLog } from '../../store/incidents/event-log.ts';

export interface ContainerStarterOptions {
  readonly docker: DockerEngine;
  readonly service: string;
  /** Name of this host in the release document. */
  readonly host: string;
  readonly events: Pick<EventLog, 'append'>;
  /** Author of the events. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * Starts the service's containers on this host that should run and that the engine failed to start,
 * such as those on an address that came up after Docker. Every monitor does it for its own host.
 */
export class ContainerStarter {
  readonly #options: ContainerStarterOptions;
  /** By container id. */
  readonly #attempts = new Map<string, StartAttempts>();

  constructor(options: ContainerStarterOptions) {
    this.#options = options;
  }

  /**
   * Starts what {@link decideStart} says. Never throws: an engine that does not respond is a problem
   * of the sample already.
   * @returns the containers that stay down, which open an incident.
   */
  async start(): Promise<FailedStart[]> {
    const { docker, service, logger } = this.#options;
    const filters = { label: [`${labels.service}=${service}`], status: ['exited'] };
    try {
      const exited = await docker.listContainers(filters);
      this.#forgetOthers(new Set(exited.map(({ Id }) => Id)));
      const outcomes = await Promise.all(exited.map((container) => this.#startOne(container)));
      return outcomes.filter((outcome) => outcome !== undefined);
    } catch (error) {
      logger.debug({ err: error }, 'Docker did not list the containers that are down');
      return [];
    }
  }

  /** Undefined if the container is none of those, or runs now. */
  async #startOne(info: ListedContainer): Promise<FailedStart | undefined> {
    const { docker, host, now } = this.#options;
    const { State, HostConfig } = await docker.inspectContainer(info.Id);
    const described = {
      restartPolicy: HostConfig.RestartPolicy?.Name ?? 'no',
      status: State.Status,
      startedAt: Date.parse(State.StartedAt),
      startError: State.Error,
    };
    const attempts = this.#attempts.get(info.Id);
    const decision = decideStart(described, attempts, now());
    if (decision === 'ignore') return undefined;
    const memberId = info.Labels?.[labels.member];
    const name = memberId ?? info.Names[0]?.slice(1) ?? info.Id.slice(0, 12);
    const workload = workloadSubject(host, { name, ...(memberId !== undefined && { memberId }) });
    if (decision === 'wait') return { workload, reason: State.Error };
    this.#attempts.set(info.Id, { count: (attempts?.count ?? 0) + 1, lastMs: now() });
    try {
      await docker.startContainer(info.Id);
    } catch (error) {
      return this.#failed(workload, error, attempts);
    }
    await this.#report(workload, State.Error);
    return undefined;
  }

  #failed(workload: string, error: unknown, earlier: StartAttempts | undefined): FailedStart {
    const reason = errorMessage(error);
    if (earlier === undefined) {
      this.#options.logger.warn({ container: workload, reason }, 'Docker cannot start a container');
    }
    return { workload, reason };
  }

  async #report(workload: string, failure: string): Promise<void> {
    const { events, by, logger } = this.#options;
    logger.info({ container: workload, failure }, 'started a container that Docker had left down');
    const text = `started ${workload}, which Docker could not start before: ${failure}`;
    try {
      await events.append({ type: 'container-started', text, by });
    } catch (error) {
      logger.warn({ err: error }, 'Redis did not record the start as an event');
    }
  }

  #forgetOthers(ids: ReadonlySet<string>): void {
    for (const id of this.#attempts.keys()) if (!ids.has(id)) this.#attempts.delete(id);
  }
}
