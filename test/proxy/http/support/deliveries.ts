/** One way to split the same bytes. */
interface Split {
  readonly name: string;
  readonly parts: readonly Buffer[];
}

/** Returns the bytes whole, byte by byte, and in two parts split at each position. */
function splits(text: string): Split[] {
  const bytes = Buffer.from(text, 'latin1');
  const positions = Array.from({ length: Math.max(bytes.length - 1, 0) }, (_, index) => index + 1);
  return [
    { name: 'whole', parts: [bytes] },
    { name: 'byte by byte', parts: Array.from(bytes, (byte) => Buffer.of(byte)) },
    ...positions.map((at) => ({
      name: `split after ${at}`,
      parts: [bytes.subarray(0, at), bytes.subarray(at)],
    })),
  ];
}

/** Runs `check` for each way to split a text, `atATime` at once. Failures name the way. */
export async function everyWay(
  text: string,
  check: (parts: readonly Buffer[]) => Promise<void>,
  atATime = 32,
): Promise<void> {
  const waiting = splits(text);
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await check(next.parts);
      } catch (error) {
        throw new Error(`delivered ${next.name}: ${String(error)}`, { cause: error });
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
