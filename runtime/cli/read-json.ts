import { text as textOf } from 'node:stream/consumers';
import { PerchError } from '../contract/perch-error.ts';

/**
 * Reads the JSON on stdin. No message holds any of it, because it may hold secrets.
 * @throws PerchError `bad_input`.
 */
export async function readStdinJson(): Promise<unknown> {
  const text = await textOf(process.stdin);
  try {
    return JSON.parse(text);
  } catch {
    throw new PerchError('bad_input', 'stdin must be JSON');
  }
}
