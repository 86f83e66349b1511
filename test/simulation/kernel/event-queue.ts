import type { VirtualProcess } from './virtual-process.ts';

/** Something that happens at one moment of virtual time. */
export interface SimEvent {
  atMs: number;
  /** Order among events of one moment. */
  readonly order: number;
  /** Process that it happens in; undefined for what happens outside all of them. */
  readonly process: VirtualProcess | undefined;
  readonly run: () => void;
  isCancelled: boolean;
}

/** Events by time, and by order among those of one moment (a binary heap). */
export class EventQueue {
  readonly #heap: SimEvent[] = [];

  push(event: SimEvent): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || precedes(above, event)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  get next(): SimEvent | undefined {
    return this.#heap[0];
  }

  pop(): SimEvent | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || first === last) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && precedes(right, below)) {
        child += 1;
        below = right;
      }
      if (precedes(last, below)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function precedes(a: SimEvent, b: SimEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
