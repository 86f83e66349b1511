import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const pauseMs = 20;

/** Version and member that answered; status and cause of anything but 200. */
export interface HostAnswer {
  readonly status: number;
  readonly member: string;
}

/** Sends one request to a port of this machine, for a host name. */
export async function askHost(port: number, host: string, agent?: Agent): Promise<HostAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HostAnswer>();
  const options = { host: '127.0.0.1', port, path: '/version', headers: { host }, agent };
  const sent = request(options, (response) => {
    const member = String(response.headers['x-perch-member'] ?? '');
    response
      .on('error', reject)
      .on('end', () => resolve({ status: response.statusCode ?? 0, member }))
      .resume();
  });
  sent.on('error', reject).end();
  return await promise;
}

/** Requests for host names, one after the other on kept connections, while something else happens. */
export class HostLoad {
  readonly #port: number;
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[];
  /** Requests that were answered, by host. */
  readonly counts = new Map<string, number>();
  /** `HOST CAUSE` of each request that was not answered by 200. */
  readonly failures: string[] = [];

  constructor(port: number, hosts: readonly string[]) {
    this.#port = port;
    this.#loops = hosts.map((host) => this.#run(host));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
  }

  async #run(host: string): Promise<void> {
    // Shorter than any proxy keeps an idle connection, so that none closes one as it is used again.
    const agent = new Agent({ keepAlive: true, timeout: 1_000 });
    while (!this.#stopping.signal.aborted) {
      try {
        const { status } = await askHost(this.#port, host, agent);
        if (status !== 200) this.failures.push(`${host} ${status}`);
        this.counts.set(host, (this.counts.get(host) ?? 0) + 1);
      } catch (error) {
        this.failures.push(`${host} ${String(error)}`);
      }
      await delay(pauseMs);
    }
    agent.destroy();
  }
}
