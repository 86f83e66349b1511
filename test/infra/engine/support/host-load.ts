import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

const pauseMs = 20;
// Shorter than any proxy keeps an idle connection, so that none closes one as it is used again.
const kept = { keepAlive: true, timeout: 1_000 };

/** Port of this machine. */
export interface HostPort {
  readonly port: number;
  /** PEM with which the certificates are checked. Default: the port speaks http. */
  readonly ca?: string;
  /** Default: that of the demo app's version. */
  readonly path?: string;
}

/** Status, member that answered, and destination of a redirect. */
export interface HostAnswer {
  readonly status: number;
  readonly member: string;
  readonly location: string | undefined;
}

/**
 * Sends one request for a host name.
 * @param agent that keeps its connections. Default: the request has one of its own.
 */
export async function askHost(
  { port, ca, path = '/version' }: HostPort,
  host: string,
  agent?: HttpAgent,
): Promise<HostAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HostAnswer>();
  const options = { host: '127.0.0.1', port, path, agent: agent ?? false };
  const headers = { host };
  const sent =
    ca === undefined
      ? httpRequest({ ...options, headers })
      : httpsRequest({ ...options, headers, servername: host, ca });
  sent.on('response', (response) => {
    const { statusCode: status = 0, headers } = response;
    const member = String(headers['x-perch-member'] ?? '');
    const { location } = headers;
    response
      .on('error', reject)
      .on('end', () => resolve({ status, member, location }))
      .resume();
  });
  sent.on('error', reject).end();
  return await promise;
}

/**
 * Requests for host names while something else happens: for each host some on kept connections, and
 * some on new ones.
 */
export class HostLoad {
  readonly #at: HostPort;
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[];
  readonly #startedAt = performance.now();
  /** Requests that were answered, by host. */
  readonly counts = new Map<string, number>();
  /** `HOST CAUSE at TIME` of each request that was not answered by 200. */
  readonly failures: string[] = [];

  constructor(at: HostPort, hosts: readonly string[]) {
    this.#at = at;
    this.#loops = hosts.flatMap((host) => [this.#run(host, newAgent(at)), this.#run(host)]);
  }

  /** @returns seconds, requests and failures, for people. */
  async stop(): Promise<string> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
    const seconds = Math.round((performance.now() - this.#startedAt) / 1_000);
    const counts = Array.from(this.counts, ([host, count]) => `${count} of ${host}`);
    return `${seconds} s, ${counts.join(', ')}, ${this.failures.length} failed`;
  }

  async #run(host: string, agent?: HttpAgent): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        const { status } = await askHost(this.#at, host, agent);
        if (status !== 200) this.#fail(host, String(status));
      } catch (error) {
        this.#fail(host, String(error));
      }
      this.counts.set(host, (this.counts.get(host) ?? 0) + 1);
      await delay(pauseMs);
    }
    agent?.destroy();
  }

  #fail(host: string, cause: string): void {
    this.failures.push(`${host} ${cause} at ${new Date().toISOString()}`);
  }
}

function newAgent({ ca }: HostPort): HttpAgent {
  return ca === undefined ? new HttpAgent(kept) : new HttpsAgent(kept);
}
