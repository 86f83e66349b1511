import { EventEmitter } from 'node:events';
import type { VirtualProcess } from '../kernel/virtual-process.ts';
import { platform } from '../platform/platform.ts';
import type { RedisCommand, Reply } from '../redis/reply.ts';
import { ClientConnection } from './client-connection.ts';

/** Those of ioredis' options that Perch sets. */
interface ClientOptions {
  readonly commandTimeout?: number;
  readonly connectTimeout?: number;
  readonly socketTimeout?: number;
  readonly retryStrategy?: (attempt: number) => number;
  readonly reconnectOnError?: (error: Error) => boolean;
}

type Answer = null | string | number | readonly Answer[];

const commandNames =
  'get set strlen mget del time scan hget hmget hgetall hset hdel incr eval publish ping info ' +
  'subscribe xadd xrange xrevrange xdel xack xgroup xinfo xreadgroup xpending';
const queuedNames = 'set del hset hdel xadd xack xdel';

/** Stands in for ioredis' client: the same behaviour towards Perch, over the simulated network. */
export class Redis extends EventEmitter {
  status: 'connecting' | 'ready' | 'reconnecting' | 'end' = 'connecting';
  readonly options: ClientOptions;
  readonly #process: VirtualProcess;
  #connection: ClientConnection | undefined;
  #attempts = 0;

  constructor(_url: string, options: ClientOptions = {}) {
    super();
    this.options = options;
    const { kernel } = platform();
    if (kernel.current === undefined) throw new Error('a client belongs to a process');
    this.#process = kernel.current;
    this.#process.onEnd(() => this.#connection?.lose());
    this.#connect();
  }

  duplicate(options: ClientOptions): Redis {
    return new Redis('', { ...this.options, ...options });
  }

  disconnect(reconnect = false): void {
    if (this.status === 'end') return;
    const connection = this.#connection;
    this.#connection = undefined;
    if (!reconnect) this.status = 'end';
    connection?.close();
    if (reconnect) this.#reconnect();
  }

  /** Collects commands that run together. */
  multi(): Transaction {
    return new Transaction((commands) => this.#send(commands));
  }

  /** Sends commands that run together; settles with their answers. */
  async #send(commands: readonly RedisCommand[]): Promise<(Answer | Error)[]> {
    if (this.status !== 'ready' || this.#connection === undefined) {
      throw new Error("Stream isn't writeable and enableOfflineQueue options is false");
    }
    const outcomes = await this.#connection.send(commands, this.options.commandTimeout ?? 500);
    return outcomes.map((outcome) =>
      'error' in outcome ? outcome.error : answerOf(outcome.reply),
    );
  }

  async command(name: string, given: readonly unknown[]): Promise<unknown> {
    const args = given.flat().map(String);
    const [answer] = await this.#send([{ name: name.toUpperCase(), args }]);
    if (answer instanceof Error) throw answer;
    return name === 'hgetall' ? objectOf(answer) : answer;
  }

  #connect(): void {
    const { kernel, network, redis } = platform();
    const process = this.#process;
    const cutForMs = network.cutForMs(process.host);
    const timeoutMs = this.options.connectTimeout ?? 2_000;
    if (cutForMs >= timeoutMs) {
      kernel.schedule(timeoutMs, () => this.#failed('connect ETIMEDOUT'), process);
      return;
    }
    const delayMs = cutForMs + network.latencyMs() + network.latencyMs();
    const opened = () => {
      if (this.status === 'end') return;
      if (!redis.isUp) return this.#failed('connect ECONNREFUSED 10.0.0.1:6379');
      this.#attempts = 0;
      this.#connection = new ClientConnection({
        process,
        silentMs: this.options.socketTimeout ?? 2_000,
        onMessage: (channel, message) => this.emit('message', channel, message),
        onBroken: () => this.#broken(),
      });
      this.status = 'ready';
      this.emit('ready');
    };
    kernel.schedule(delayMs, opened, process);
  }

  #failed(reason: string): void {
    if (this.status === 'end') return;
    this.emit('error', new Error(reason));
    this.emit('close');
    this.#reconnect();
  }

  #broken(): void {
    if (this.status === 'end') return;
    this.#connection = undefined;
    this.emit('close');
    this.#reconnect();
  }

  #reconnect(): void {
    this.status = 'reconnecting';
    this.#attempts += 1;
    const delayMs = this.options.retryStrategy?.(this.#attempts) ?? 50;
    const again = () => {
      if (this.status === 'reconnecting') this.#connect();
    };
    platform().kernel.schedule(delayMs, again, this.#process);
  }
}

/** Commands of one MULTI. */
class Transaction {
  readonly #commands: RedisCommand[] = [];
  readonly #send: (commands: readonly RedisCommand[]) => Promise<(Answer | Error)[]>;

  constructor(send: (commands: readonly RedisCommand[]) => Promise<(Answer | Error)[]>) {
    this.#send = send;
  }

  add(name: string, given: readonly unknown[]): this {
    this.#commands.push({ name: name.toUpperCase(), args: given.flat().map(String) });
    return this;
  }

  async exec(): Promise<[Error | null, Answer][]> {
    const answers = await this.#send(this.#commands);
    return answers.map((answer) => (answer instanceof Error ? [answer, null] : [null, answer]));
  }
}

for (const name of commandNames.split(' ')) {
  Object.defineProperty(Redis.prototype, name, {
    value(this: Redis, ...args: unknown[]) {
      return this.command(name, args);
    },
  });
}
for (const name of queuedNames.split(' ')) {
  Object.defineProperty(Transaction.prototype, name, {
    value(this: Transaction, ...args: unknown[]) {
      return this.add(name, args);
    },
  });
}

function answerOf(reply: Reply): Answer {
  if (reply === undefined) return null;
  if (typeof reply === 'string' || typeof reply === 'number') return reply;
  return reply.includes(undefined) || reply.some(Array.isArray)
    ? reply.map(answerOf)
    : (reply as readonly (string | number)[]);
}

function objectOf(answer: Answer | undefined): Record<string, Answer> {
  const flat = Array.isArray(answer) ? (answer as readonly Answer[]) : [];
  const object: Record<string, Answer> = {};
  for (let index = 0; index < flat.length; index += 2) {
    object[String(flat[index])] = flat[index + 1] ?? null;
  }
  return object;
}
