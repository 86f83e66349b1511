import type { RedisStream } from './redis-stream.ts';

export type StoredValue = string | Map<string, string> | RedisStream;

interface Entry {
  value: StoredValue;
  /** Milliseconds by Redis' clock; undefined: never. */
  expiresAtMs: number | undefined;
}

/** Reply of an error, which rejects the client's command. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

/** Keys of one Redis with their values and times to live. */
export class Keyspace {
  readonly #entries: Map<string, Entry>;
  /** Start of the process that serves the keys, by Redis' clock. */
  startedAtMs = 0;
  readonly #nowMs: () => number;
  /** Keys that were written since the last {@link takeWritten}. */
  #written = new Set<string>();

  constructor(nowMs: () => number, entries = new Map<string, Entry>()) {
    this.#nowMs = nowMs;
    this.#entries = entries;
  }

  /** Milliseconds since the epoch by Redis' clock. */
  get nowMs(): number {
    return Math.floor(this.#nowMs());
  }

  /** A copy as a snapshot on disk holds it. */
  copy(): Keyspace {
    const entries = [...this.#entries].map(([key, { value, expiresAtMs }]): [string, Entry] => [
      key,
      { value: copied(value), expiresAtMs },
    ]);
    return new Keyspace(this.#nowMs, new Map(entries));
  }

  get(key: string): StoredValue | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAtMs === undefined || entry.expiresAtMs > this.nowMs) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  string(key: string): string | undefined {
    const value = this.get(key);
    if (value === undefined || typeof value === 'string') return value;
    throw wrongType();
  }

  hash(key: string): Map<string, string> | undefined {
    const value = this.get(key);
    if (value === undefined || value instanceof Map) return value;
    throw wrongType();
  }

  stream(key: string): RedisStream | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (typeof value === 'string' || value instanceof Map) throw wrongType();
    return value;
  }

  set(key: string, value: StoredValue, expiresAtMs?: number): void {
    this.#entries.set(key, { value, expiresAtMs });
    this.#written.add(key);
  }

  /** Notes a change within the key's value. */
  touch(key: string): void {
    this.#written.add(key);
  }

  delete(key: string): boolean {
    const known = this.get(key) !== undefined;
    this.#entries.delete(key);
    if (known) this.#written.add(key);
    return known;
  }

  expire(key: string, expiresAtMs: number): boolean {
    if (this.get(key) === undefined) return false;
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.expiresAtMs = expiresAtMs;
    return true;
  }

  /** Keys that begin with `prefix`, sorted. */
  keys(prefix: string): string[] {
    return [...this.#entries.keys()]
      .filter((key) => key.startsWith(prefix) && this.get(key) !== undefined)
      .sort();
  }

  takeWritten(): ReadonlySet<string> {
    const written = this.#written;
    if (written.size > 0) this.#written = new Set();
    return written;
  }
}

function copied(value: StoredValue): StoredValue {
  if (typeof value === 'string') return value;
  return value instanceof Map ? new Map(value) : value.copy();
}

function wrongType(): ReplyError {
  return new ReplyError('WRONGTYPE Operation against a key holding the wrong kind of value');
}
