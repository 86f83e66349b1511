/** Reads enough for V8 to see a pattern; it needs about ten. */
const reads = 100;

/**
 * Makes methods of strings fast again. A class that extends String, as ioredis has one, makes V8 keep
 * `String.prototype` as a dictionary, in which each call of a method looks it up anew and is never
 * inlined. V8 undoes that for a prototype when a property of an object is read through it, but most
 * strings are no objects. Called once all modules are loaded.
 */
export function makeStringsFast(): void {
  // oxlint-disable-next-line no-new-wrappers -- a string that is an object is the point
  const object = new String('');
  for (let read = 0; read < reads; read += 1) methodOf(object);
}

function methodOf(text: { readonly charCodeAt: unknown }): unknown {
  return text.charCodeAt;
}
