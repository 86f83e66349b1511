import { PerchError } from '../../../runtime/contract/perch-error.ts';
import type { StackHost } from '../../recovery/stack-hosts.ts';
import { shellWord } from '../../shell/shell-word.ts';
import type { OperatorContext } from '../command.ts';
import type { ServiceContainer } from '../containers.ts';

/** Containers whose log driver keeps no log that Docker can read back. Says so once for each. */
export class UnreadLogs {
  readonly #context: Pick<OperatorContext, 'connections'>;
  readonly #hosts: readonly StackHost[];
  readonly #remarks = new Map<string, Promise<string>>();

  constructor(context: Pick<OperatorContext, 'connections'>, hosts: readonly StackHost[]) {
    this.#context = context;
    this.#hosts = hosts;
  }

  add(container: ServiceContainer): void {
    if (this.#remarks.has(container.id)) return;
    const remark = this.#remarkOn(container);
    this.#remarks.set(container.id, remark);
    void remark.then((text) => console.error(`perch: ${text}`));
  }

  /**
   * Waits until everything was said.
   * @param containers number of containers whose logs were asked for.
   * @throws PerchError `unsupported` if there was no log of any of them.
   */
  async settle(containers: number): Promise<void> {
    await Promise.all(this.#remarks.values());
    if (this.#remarks.size === 0 || this.#remarks.size < containers) return;
    throw new PerchError(
      'unsupported',
      'no log could be read back: perch:logDriver sends them elsewhere',
    );
  }

  async #remarkOn({ id, name, host }: ServiceContainer): Promise<string> {
    const driver = await this.#driverOf(id, host);
    return `${name}: its log driver, ${driver}, keeps no log that can be read back; look where it sends the log`;
  }

  async #driverOf(id: string, host: string): Promise<string> {
    const address = this.#hosts.find(({ name }) => name === host)?.address;
    const script = `docker inspect --format '{{.HostConfig.LogConfig.Type}}' ${shellWord(id)}`;
    // The container may be gone by now; its driver is a help, not what matters.
    const printed = await this.#context.connections.run(address, script).catch(() => 'unknown');
    return printed.trim();
  }
}
