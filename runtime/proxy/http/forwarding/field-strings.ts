import type { MessageHead } from '../message/message-head.ts';

/**
 * Strings of the fields of one head after the other. Most heads of a member have the same fields as
 * the one before: a string that fits is used again, which is cheaper than to make one.
 */
export class FieldStrings {
  /** Name as it was spelt, name in lower case and value of each field of the last heads. */
  readonly #spellings: string[] = [];
  readonly #names: string[] = [];
  readonly #values: string[] = [];

  /** Returns the name of a field in lower case. */
  name(head: MessageHead, index: number): string {
    const spelling = this.#spellings[index];
    if (spelling !== undefined && head.isName(index, spelling)) return this.#names[index] ?? '';
    const name = head.name(index);
    this.#spellings[index] = name;
    return (this.#names[index] = name.toLowerCase());
  }

  value(head: MessageHead, index: number): string {
    const last = this.#values[index];
    if (last !== undefined && head.isValue(index, last)) return last;
    return (this.#values[index] = head.value(index));
  }
}
