import { EventEmitter, once } from 'node:events';
import { Agent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { sendRequest, type Answer, type RequestKind, type RequestOptions } from './send-request.ts';
import { RecentCounts } from './recent-counts.ts';
import { RequestCounts } from './request-counts.ts';
import { VirtualUser } from './virtual-user.ts';

export interface TrafficOptions {
  readonly host: string;
  readonly port: number;
  /** Host name that requests name. Default: the address and port. */
  readonly hostName?: string | undefined;
  /** Certificate of the authority that https is checked by, PEM. Default: http. */
  readonly ca?: Buffer | undefined;
  /** Requests of a user, in turn. Default: two pages, nine of ten on a connection that is kept. */
  readonly kinds?: readonly RequestKind[] | undefined;
  /** Time after which users give up, milliseconds. Default: longer than any delay of a member. */
  readonly clientTimeoutMs?: number | undefined;
}

/** Requests of a user, in turn; nine of ten reuse a connection. */
const defaultKinds: readonly RequestKind[] = [
  { path: '/version' },
  { path: '/version' },
  { path: '/' },
  { path: '/version' },
  { path: '/version', newConnection: true },
  { path: '/version' },
  { path: '/version' },
  { path: '/' },
  { path: '/version' },
  { path: '/version' },
];

/** Prime, so that each user sends each kind of request in turn. */
const userCount = 199;
/** Most requests in flight; further ones that are due fail unsent. */
const mostInFlight = 1_000;
/**
 * Below the idle timeout of any server, so that none closes a connection as it is reused. The
 * shortest is that of a proxy that drains, two seconds.
 */
const idleTimeoutMs = 1_000;
const tickMs = 5;
const stopTimeoutMs = 3_000;
const defaultClientTimeoutMs = 20_000;

type DueRequest = Pick<RequestOptions, 'kind' | 'user' | 'port' | 'due'>;

/**
 * Steady traffic of many users. Requests are sent when they are due, even if earlier ones are
 * unanswered (open loop), and latency counts from that time. No request is sent twice.
 */
export class Traffic {
  readonly counts = new RequestCounts();
  readonly recent = new RecentCounts();
  readonly #host: string;
  readonly #hostName: string | undefined;
  readonly #kinds: readonly RequestKind[];
  readonly #timeoutMs: number;
  readonly #agent: Agent;
  readonly #oneRequestAgent: Agent;
  readonly #users = Array.from({ length: userCount }, () => new VirtualUser());
  readonly #events = new EventEmitter<{ answer: [Answer]; idle: [] }>();
  #ports: readonly number[];
  #ratePerSecond = 0;
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #inFlight = 0;
  #nextDue = 0;
  #stopped = false;

  constructor({ host, port, hostName, ca, kinds, clientTimeoutMs }: TrafficOptions) {
    this.#host = host;
    this.#hostName = hostName;
    const agentFor = (options: AgentOptions) =>
      ca === undefined ? new Agent(options) : new HttpsAgent({ ...options, ca });
    this.#agent = agentFor({ keepAlive: true, timeout: idleTimeoutMs, scheduling: 'lifo' });
    this.#oneRequestAgent = agentFor({ keepAlive: false });
    this.#ports = [port];
    this.#kinds = kinds ?? defaultKinds;
    this.#timeoutMs = clientTimeoutMs ?? defaultClientTimeoutMs;
  }

  /** Sends requests to the proxies at these ports in turn. */
  useProxies(ports: readonly number[]): void {
    this.#ports = ports;
  }

  get ratePerSecond(): number {
    return this.#ratePerSecond;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** @returns a function that ends the subscription. */
  onAnswer(listener: (answer: Answer) => void): () => void {
    this.#events.on('answer', listener);
    return () => this.#events.off('answer', listener);
  }

  /** Sets the rate, requests per second; 0 sends none. */
  setRate(ratePerSecond: number): void {
    clearInterval(this.#timer);
    this.#ratePerSecond = ratePerSecond;
    if (ratePerSecond === 0) return;
    this.#nextDue = performance.now();
    this.#timer = setInterval(() => this.#sendDue(), tickMs);
  }

  /** Stops sending and waits for the requests in flight. */
  async pause(): Promise<void> {
    this.setRate(0);
    if (this.#inFlight > 0) await once(this.#events, 'idle');
  }

  /** Sends exactly `count` requests, `concurrency` at a time, as fast as possible. */
  async send(count: number, concurrency: number): Promise<RequestCounts> {
    const counts = new RequestCounts();
    let left = count;
    const worker = async () => {
      while (left > 0) {
        left -= 1;
        counts.add(await this.#sendOne(performance.now()));
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    return counts;
  }

  /** Stops for good; requests still unanswered after three seconds do not count. */
  async stop(): Promise<void> {
    const late = new AbortController();
    const timeout = delay(stopTimeoutMs, undefined, late).catch(() => undefined);
    await Promise.race([this.pause(), timeout]);
    late.abort();
    this.#stopped = true;
    this.#agent.destroy();
  }

  #sendDue(): void {
    const now = performance.now();
    while (this.#nextDue <= now) {
      void this.#sendOne(this.#nextDue);
      this.#nextDue += 1_000 / this.#ratePerSecond;
    }
  }

  async #sendOne(due: number): Promise<Answer> {
    const kind = nth(this.#kinds, this.#sent);
    const user = nth(this.#users, this.#sent);
    const proxyPort = nth(this.#ports, this.#sent);
    this.#sent += 1;
    const answer =
      this.#inFlight < mostInFlight
        ? await this.#send({ kind, user, port: proxyPort, due })
        : {
            dueAt: performance.timeOrigin + due,
            durationMs: 0,
            kind,
            proxyPort,
            failure: `unsent: ${mostInFlight} in flight`,
          };
    if (this.#stopped) return answer;
    this.counts.add(answer);
    this.recent.add(answer);
    this.#events.emit('answer', answer);
    return answer;
  }

  async #send(request: DueRequest): Promise<Answer> {
    this.#inFlight += 1;
    const answer = await sendRequest({
      ...request,
      host: this.#host,
      hostName: this.#hostName,
      agent: request.kind.newConnection === true ? this.#oneRequestAgent : this.#agent,
      timeoutMs: this.#timeoutMs,
    });
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#events.emit('idle');
    return answer;
  }
}

function nth<T>(list: readonly T[], index: number): T {
  const item = list[index % list.length];
  if (item === undefined) throw new RangeError('the list is empty');
  return item;
}
