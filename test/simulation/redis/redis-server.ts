import { epochMs, type Kernel } from '../kernel/kernel.ts';
import type { VirtualProcess } from '../kernel/virtual-process.ts';
import { Keyspace, ReplyError } from './keyspace.ts';
import type { RedisCommand, Reply } from './reply.ts';
import { runCommand } from './run-command.ts';

/** Server's end of one client's connection. */
export interface ServerConnection {
  readonly process: VirtualProcess;
  readonly channels: Set<string>;
  onMessage(channel: string, message: string): void;
  /** Called when the server ends. */
  onClosed(): void;
}

/** A command that was run, for the invariants. */
export interface Executed {
  readonly process: VirtualProcess;
  readonly commands: readonly RedisCommand[];
  readonly written: ReadonlySet<string>;
}

export type Outcome = { readonly reply: Reply } | { readonly error: ReplyError };

/** The model of one redis-server: its data, its clock and its connections. */
export class RedisServer {
  isUp = true;
  /** Virtual time until which the server is suspended. */
  pausedUntilMs = 0;
  /** Milliseconds by which its clock is ahead of virtual time. */
  clockOffsetMs = 0;
  /** Number of its ends: a connection lives no longer than the process that it was made to. */
  ends = 0;
  readonly connections = new Set<ServerConnection>();
  readonly #kernel: Kernel;
  readonly #observers: ((executed: Executed) => void)[] = [];
  readonly #lossObservers: (() => void)[] = [];
  #keyspace: Keyspace;
  /** Snapshots of its data on disk, oldest first. */
  #snapshots: Keyspace[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#keyspace = new Keyspace(() => this.nowMs);
  }

  get nowMs(): number {
    return epochMs + this.#kernel.nowMs + this.clockOffsetMs;
  }

  /** The data, to read it without a client. */
  get keyspace(): Keyspace {
    return this.#keyspace;
  }

  onExecuted(observer: (executed: Executed) => void): void {
    this.#observers.push(observer);
  }

  onDataLost(observer: () => void): void {
    this.#lossObservers.push(observer);
  }

  /** Runs commands of one client without others in between. */
  execute(process: VirtualProcess, commands: readonly RedisCommand[]): Outcome[] {
    const outcomes = commands.map((command) => this.#run(command));
    const written = this.#keyspace.takeWritten();
    if (written.size > 0) {
      for (const react of this.#observers) react({ process, commands, written });
    }
    return outcomes;
  }

  #run(command: RedisCommand): Outcome {
    try {
      return { reply: runCommand(this.#keyspace, command, (to, text) => this.#publish(to, text)) };
    } catch (error) {
      if (error instanceof ReplyError) return { error };
      this.#kernel.fail(error);
      throw error;
    }
  }

  #publish(channel: string, message: string): number {
    const receivers = [...this.connections].filter(({ channels }) => channels.has(channel));
    for (const receiver of receivers) receiver.onMessage(channel, message);
    return receivers.length;
  }

  snapshot(): void {
    this.#snapshots = [...this.#snapshots.slice(-4), this.#keyspace.copy()];
  }

  /** Ends at once; all connections break. */
  stop(): void {
    this.isUp = false;
    this.ends += 1;
    const open = Array.from(this.connections);
    this.connections.clear();
    for (const connection of open) connection.onClosed();
  }

  /** Starts again with all of its data, with a snapshot of some time ago, or with nothing. */
  start(age: number | 'empty' | 'complete'): void {
    this.isUp = true;
    const snapshot =
      age === 'empty' || age === 'complete' ? undefined : this.#snapshots.at(-1 - age);
    if (age !== 'complete') {
      this.#keyspace = snapshot?.copy() ?? new Keyspace(() => this.nowMs);
    }
    this.#keyspace.startedAtMs = this.nowMs;
    if (age === 'complete') return;
    this.#snapshots = [];
    for (const react of this.#lossObservers) react();
  }
}
