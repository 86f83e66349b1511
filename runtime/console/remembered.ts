interface Lifetime {
  /** Milliseconds. */
  readonly now: () => number;
  /** Time for which an answer is used again, milliseconds. */
  readonly forMs: number;
}

/** Returns a function that asks again only once the last answer is too old; failures are not kept. */
export function remembered<T, Asked extends unknown[]>(
  { now, forMs }: Lifetime,
  ask: (...asked: Asked) => Promise<T>,
): (...asked: Asked) => Promise<T> {
  let last: { readonly answer: T; readonly at: number } | undefined;
  return async (...asked) => {
    if (last === undefined || Math.abs(now() - last.at) >= forMs) {
      last = { answer: await ask(...asked), at: now() };
    }
    return last.answer;
  };
}
