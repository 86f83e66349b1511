const most = 200;

/** Values of texts that were parsed before. No reader can change one for the others. */
export class Memory<Value extends object> {
  readonly #values = new Map<string, Value>();

  get(text: string): Value | undefined {
    return this.#values.get(text);
  }

  add(text: string, value: Value): Value {
    if (this.#values.size >= most) this.#values.clear();
    freeze(value);
    this.#values.set(text, value);
    return value;
  }
}

/** Freezes an object and everything in it. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}
