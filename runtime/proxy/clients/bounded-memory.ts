/** Enters a key as the newest one, and forgets the oldest one if there are more than `most`. */
export function setNewest<Key, Value>(
  map: Map<Key, Value>,
  key: Key,
  value: Value,
  most: number,
): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}

/** Copies a text, which as a part of a longer one would keep that whole text in memory. */
export function ownCopy(text: string): string {
  return Buffer.from(text, 'latin1').latin1Slice();
}
