/** Entry that a group delivered and that is not acknowledged. */
interface PendingEntry {
  consumer: string;
  deliveredAtMs: number;
  count: number;
}

interface Group {
  /** Id up to which entries were delivered. */
  lastDelivered: string;
  readonly pending: Map<string, PendingEntry>;
  /** Name -> time at which it was seen last. */
  readonly consumers: Map<string, number>;
}

type StreamEntry = readonly [id: string, fields: readonly string[]];

/** A stream with its consumer groups. */
export class RedisStream {
  readonly groups = new Map<string, Group>();
  entries: StreamEntry[] = [];
  #lastId = '0-0';

  get lastId(): string {
    return this.#lastId;
  }

  copy(): RedisStream {
    const stream = new RedisStream();
    stream.entries = [...this.entries];
    stream.#lastId = this.#lastId;
    for (const [name, { lastDelivered, pending, consumers }] of this.groups) {
      stream.groups.set(name, {
        lastDelivered,
        pending: new Map([...pending].map(([id, entry]) => [id, { ...entry }])),
        consumers: new Map(consumers),
      });
    }
    return stream;
  }

  /** Adds an entry; its id follows the last one even if the clock went back. */
  add(fields: readonly string[], nowMs: number): string {
    const [ms = 0, sequence = 0] = parts(this.#lastId);
    this.#lastId = nowMs > ms ? `${nowMs}-0` : `${ms}-${sequence + 1}`;
    this.entries.push([this.#lastId, fields]);
    return this.#lastId;
  }

  has(id: string): boolean {
    return this.entries.some(([known]) => known === id);
  }

  delete(ids: readonly string[]): number {
    const before = this.entries.length;
    this.entries = this.entries.filter(([id]) => !ids.includes(id));
    return before - this.entries.length;
  }

  /** Entries between two bounds: `-`, `+`, an id, or one after `(`. */
  range(from: string, to: string): StreamEntry[] {
    return this.entries.filter(([id]) => isAfter(id, from) && isBefore(id, to));
  }
}

export function isAfter(id: string, bound: string): boolean {
  if (bound === '-') return true;
  return bound.startsWith('(') ? compareIds(id, bound.slice(1)) > 0 : compareIds(id, bound) >= 0;
}

export function isBefore(id: string, bound: string): boolean {
  if (bound === '+') return true;
  return bound.startsWith('(') ? compareIds(id, bound.slice(1)) < 0 : compareIds(id, bound) <= 0;
}

export function compareIds(a: string, b: string): number {
  const [aMs = 0, aSequence = 0] = parts(a);
  const [bMs = 0, bSequence = 0] = parts(b);
  return aMs === bMs ? aSequence - bSequence : aMs - bMs;
}

function parts(id: string): number[] {
  return id.split('-').map(Number);
}
