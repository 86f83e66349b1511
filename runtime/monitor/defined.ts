type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Returns the properties that have a value, because an option without one must be absent. */
export function defined<T extends object>(options: T): Defined<T> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- entries of T are T's
  return Object.fromEntries(entries) as Defined<T>;
}
