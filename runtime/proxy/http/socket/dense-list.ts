/** Place of an item in one list; -1 while it is in none. */
export interface Place {
  index: number;
}

/**
 * Unordered list from which items can be removed at any time. A `Set` would keep garbage alive here:
 * each table that it outgrows goes on holding its items and the next table, so that once one table is
 * in V8's old memory, all later ones and their items survive until the next full collection.
 */
export class DenseList<Item> {
  readonly #placeOf: (item: Item) => Place;
  readonly #items: Item[] = [];

  /** @param placeOf returns the place that an item keeps for this list. */
  constructor(placeOf: (item: Item) => Place) {
    this.#placeOf = placeOf;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Adds an item, unless it is in the list. */
  add(item: Item): void {
    const place = this.#placeOf(item);
    if (place.index >= 0) return;
    place.index = this.#items.length;
    this.#items.push(item);
  }

  /** @returns false if the item was not in the list. */
  delete(item: Item): boolean {
    const place = this.#placeOf(item);
    const { index } = place;
    if (index < 0) return false;
    place.index = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return true;
    this.#items[index] = last;
    this.#placeOf(last).index = index;
    return true;
  }

  /** Calls back for each item that is in the list now and was not removed by an earlier call. */
  forEach(callback: (item: Item) => void): void {
    for (const item of this.toArray()) {
      if (this.#placeOf(item).index >= 0) callback(item);
    }
  }

  /** Copy of the items. */
  toArray(): Item[] {
    return [...this.#items];
  }
}
