import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, expect, test } from 'vitest';
import { DenseList, type Place } from '../../../../runtime/proxy/http/socket/dense-list.ts';

interface Item {
  readonly place: Place;
  readonly name: number;
}

let list: DenseList<Item>;

beforeEach(() => {
  list = new DenseList<Item>(({ place }) => place);
});

function added(name: number): Item {
  const item = { place: { index: -1 }, name };
  list.add(item);
  return item;
}

function names(): number[] {
  return list.toArray().map(({ name }) => name);
}

test('items are in the list once, until they are removed', () => {
  const [first, second, third] = [added(1), added(2), added(3)];
  list.add(second);
  expect(names()).toEqual([1, 2, 3]);
  expect([list.delete(first), list.delete(first)]).toEqual([true, false]);
  expect(names().toSorted()).toEqual([2, 3]);
  list.delete(third);
  list.add(first);
  expect([names().toSorted(), list.size]).toEqual([[1, 2], 2]);
  for (const item of [first, second]) list.delete(item);
  expect(list.size).toBe(0);
});

test('items may be removed and added while all are called', () => {
  const items = Array.from({ length: 10 }, (_, name) => added(name));
  const called = new Set<number>();
  list.forEach((item) => {
    called.add(item.name);
    list.delete(item);
    const other = items[9 - item.name];
    if (other !== undefined) list.delete(other);
    added(100 + item.name);
  });
  expect([...called]).toEqual([0, 1, 2, 3, 4]);
  expect(names().toSorted()).toEqual([100, 101, 102, 103, 104]);
});

test('items that were removed do not survive in memory, as they would in a Set', () => {
  setFlagsFromString('--expose-gc');
  const collect: (options: { type: 'minor' | 'major' }) => void = runInNewContext('gc');
  const set = new Set<object>();
  const held: { readonly [kind: string]: number } = {
    list: heldAfterChurn(
      (item) => list.add(item),
      (item) => list.delete(item),
    ),
    set: heldAfterChurn(
      (item) => set.add(item),
      (item) => set.delete(item),
    ),
  };
  expect(held['list']).toBeLessThan((held['set'] ?? 0) / 4);

  /** Bytes that short collections leave after many items that came and went, sixteen at a time. */
  function heldAfterChurn(add: (item: Item) => void, remove: (item: Item) => void): number {
    collect({ type: 'major' });
    const before = process.memoryUsage().heapUsed;
    const present: Item[] = [];
    for (let name = 0; name < 6_000; name += 1) {
      const item = { place: { index: -1 }, name, ballast: Array<number>(200).fill(name) };
      add(item);
      present.push(item);
      if (present.length > 16) remove(present.shift() ?? item);
      if (name % 200 === 0) collect({ type: 'minor' });
    }
    for (const item of present) remove(item);
    present.length = 0;
    collect({ type: 'minor' });
    return process.memoryUsage().heapUsed - before;
  }
});
