import { inputOf } from '../platform/input.ts';
import { platform } from '../platform/platform.ts';

/** Reads what the simulation has put on the stdin of the running process. */
export async function readStdinJson(): Promise<object> {
  const { current } = platform().kernel;
  return await Promise.resolve(current === undefined ? {} : inputOf(current));
}
