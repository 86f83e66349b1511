import type { VirtualProcess } from '../kernel/virtual-process.ts';
import { platform } from '../platform/platform.ts';
import type { RedisCommand } from '../redis/reply.ts';
import type { Outcome, ServerConnection } from '../redis/redis-server.ts';

export interface ConnectionOptions {
  readonly process: VirtualProcess;
  /** Silence after which a connection that owes answers is closed, milliseconds. */
  readonly silentMs: number;
  readonly onMessage: (channel: string, message: string) => void;
  /** Called once when the connection breaks, unless the client closed it. */
  readonly onBroken: () => void;
}

interface Waiting {
  readonly resolve: (outcomes: Outcome[]) => void;
  readonly reject: (error: Error) => void;
}

/** Chance that what a closed connection had sent into a cut cable still arrives. */
const lateArrival = 0.5;

/** One TCP connection between a client and Redis: all messages of a direction keep their order. */
export class ClientConnection implements ServerConnection {
  readonly process: VirtualProcess;
  readonly channels = new Set<string>();
  readonly #options: ConnectionOptions;
  readonly #waiting = new Set<Waiting>();
  #requestAtMs = 0;
  #replyAtMs = 0;
  #receivedAtMs: number;
  #isOpen = true;
  /** False once the server's end is closed, which takes nothing any more. */
  #isServed = true;
  readonly #ends: number;
  #isWatched = false;

  constructor(options: ConnectionOptions) {
    this.process = options.process;
    this.#options = options;
    const { kernel, redis } = platform();
    this.#receivedAtMs = kernel.nowMs;
    this.#ends = redis.ends;
    redis.connections.add(this);
  }

  /** Sends commands that run together. */
  send(commands: readonly RedisCommand[], timeoutMs: number): Promise<Outcome[]> {
    const { kernel, network } = platform();
    const { promise, resolve, reject } = Promise.withResolvers<Outcome[]>();
    const timer = kernel.schedule(timeoutMs, () => reject(new Error('Command timed out')));
    const waiting: Waiting = {
      resolve: (outcomes) => {
        timer.isCancelled = true;
        resolve(outcomes);
      },
      reject: (error) => {
        timer.isCancelled = true;
        reject(error);
      },
    };
    if (this.#waiting.size === 0) this.#receivedAtMs = kernel.nowMs;
    this.#waiting.add(waiting);
    this.#watch();
    this.#requestAtMs = Math.max(this.#requestAtMs, kernel.nowMs + network.latencyMs());
    for (const command of commands) network.sends(this.process.host, command);
    const arrive = () => this.#arrived(commands, waiting);
    kernel.scheduleOutside(this.#requestAtMs - kernel.nowMs, arrive);
    return promise;
  }

  #arrived(commands: readonly RedisCommand[], waiting: Waiting): void {
    const { kernel, network, redis } = platform();
    const cutForMs = network.cutForMs(this.process.host);
    const heldForMs = Math.max(cutForMs, redis.pausedUntilMs - kernel.nowMs);
    if (heldForMs > 0) {
      const at = kernel.nowMs + heldForMs + network.latencyMs();
      this.#requestAtMs = Math.max(this.#requestAtMs, at);
      kernel.scheduleOutside(this.#requestAtMs - kernel.nowMs, () =>
        this.#arrived(commands, waiting),
      );
      return;
    }
    if (!this.#isServed || redis.ends !== this.#ends) return;
    if (!redis.isUp) return this.#reset();
    if (!this.#isOpen && !network.random.chance(lateArrival)) return;
    if (network.random.chance(network.breakBefore)) return this.#reset();
    const outcomes = redis.execute(this.process, commands);
    this.#note(commands, outcomes);
    if (!this.#isOpen) return;
    for (const { name, args } of commands) {
      if (name === 'SUBSCRIBE') for (const channel of args) this.channels.add(channel);
    }
    if (network.random.chance(network.breakAfter)) return this.#reset();
    this.#toClient(() => {
      this.#waiting.delete(waiting);
      waiting.resolve(outcomes);
    });
  }

  onMessage(channel: string, message: string): void {
    const { network } = platform();
    if (network.random.chance(network.hintLoss)) return;
    this.#toClient(() => this.#options.onMessage(channel, message));
  }

  onClosed(): void {
    this.#reset();
  }

  /** Closes the connection from the client's side. */
  close(): void {
    this.#end('Connection is closed.');
  }

  /** Ends with its process. */
  lose(): void {
    this.#isOpen = false;
    platform().redis.connections.delete(this);
  }

  /** Delivers something to the client's process, after all that was sent before. */
  #toClient(deliver: () => void): void {
    const { kernel, network } = platform();
    const { process } = this;
    const at = kernel.nowMs + network.cutForMs(process.host) + network.latencyMs();
    this.#replyAtMs = Math.max(this.#replyAtMs, at);
    const arrive = () => {
      if (!this.#isOpen) return;
      if (network.cutForMs(process.host) > 0) return this.#toClient(deliver);
      this.#receivedAtMs = kernel.nowMs;
      deliver();
    };
    kernel.schedule(this.#replyAtMs - kernel.nowMs, arrive, process);
  }

  /** Breaks the connection: the server forgets it, and the client learns of it. */
  #reset(): void {
    const { kernel, network, redis } = platform();
    this.#isServed = false;
    redis.connections.delete(this);
    const broken = () => {
      if (!this.#isOpen) return;
      this.#end('Connection is closed.');
      this.#options.onBroken();
    };
    kernel.schedule(network.latencyMs(), broken, this.process);
  }

  #end(reason: string): void {
    this.#isOpen = false;
    platform().redis.connections.delete(this);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new Error(reason));
  }

  /** Closes the connection if it owes answers and is silent. */
  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    const { kernel } = platform();
    const check = () => {
      this.#isWatched = false;
      if (!this.#isOpen || this.#waiting.size === 0) return;
      // Virtual time is a floating-point number.
      if (kernel.nowMs - this.#receivedAtMs < this.#options.silentMs - 0.01) return this.#watch();
      this.#end("Socket timeout. Expecting data, but didn't receive any");
      this.#options.onBroken();
    };
    kernel.schedule(
      this.#receivedAtMs + this.#options.silentMs - kernel.nowMs,
      check,
      this.process,
    );
  }

  #note(commands: readonly RedisCommand[], outcomes: readonly Outcome[]): void {
    const { kernel } = platform();
    for (const [index, { name, args }] of commands.entries()) {
      const outcome = outcomes[index];
      const isRefused = outcome === undefined || 'error' in outcome;
      kernel.note(`${this.process.name}: ${name}${isRefused ? ' refused' : ''}`, () => {
        const shown = (name === 'EVAL' ? args.slice(2) : args).map(short).join(' ').slice(0, 160);
        return ` ${shown} -> ${isRefused ? 'refused' : short(outcome.reply)}`;
      });
    }
  }
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text.replaceAll('\n', ' ');
}
