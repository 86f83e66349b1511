/** The exec form of a command, which gets signals itself: no shell stands in between. */
export function execForm(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
}
