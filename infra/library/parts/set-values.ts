/** Values that are set: a program may pass `undefined` for one that has a default. */
export function setValues<T extends object>(args: T): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a value that is left out was undefined
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined)) as T;
}
