/** Bytes that an entry of the table counts for beside its name and value (RFC 7541 section 4.1). */
export const entryOverhead = 32;

/** Size of a table that neither side asks to change (RFC 9113 section 6.5.2). */
export const defaultTableSize = 4_096;

/** Slots for all entries of a table of the default size; a power of two. */
const tableSlots = defaultTableSize / entryOverhead;

/**
 * Sizes of the entries of a dynamic table, the oldest of which leave it for new ones (RFC 7541 section
 * 4). Entries have numbers in the order in which they came; what an entry holds is for the caller to
 * keep, at {@link slot} of its number.
 */
export class EntrySizes {
  readonly #sizes = new Uint16Array(tableSlots);
  #total = 0;
  #most = defaultTableSize;
  #inserted = 0;
  #evicted = 0;

  /** Number of the next entry. */
  get next(): number {
    return this.#inserted;
  }

  get count(): number {
    return this.#inserted - this.#evicted;
  }

  get mostBytes(): number {
    return this.#most;
  }

  slot(number: number): number {
    return number & (tableSlots - 1);
  }

  /** Reports whether an entry is still in the table. */
  has(number: number): boolean {
    return number >= this.#evicted;
  }

  /** Changes the size of the table. @param bytes not above {@link defaultTableSize}. */
  resize(bytes: number): void {
    this.#most = bytes;
    this.#evictTo(bytes);
  }

  /** Makes room for an entry. @returns false if it is larger than the table, which is then empty. */
  insert(bytes: number): boolean {
    const fits = bytes <= this.#most;
    this.#evictTo(fits ? this.#most - bytes : 0);
    if (!fits) return false;
    this.#sizes[this.slot(this.#inserted)] = bytes;
    this.#total += bytes;
    this.#inserted += 1;
    return true;
  }

  #evictTo(bytes: number): void {
    while (this.#total > bytes) {
      this.#total -= this.#sizes[this.slot(this.#evicted)] ?? 0;
      this.#evicted += 1;
    }
  }
}
