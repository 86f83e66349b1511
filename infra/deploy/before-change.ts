import { PerchError } from '../../runtime/contract/perch-error.ts';
import { pulumiFailure } from './failure.ts';

/**
 * Runs a step that comes before every change. If it fails, the error says that nothing was changed.
 * @throws PerchError `process_failed`, or the step's own.
 */
export async function beforeChange<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    // Other errors are of Perch itself, in words of their own.
    if (cause instanceof PerchError && cause.code !== 'process_failed') throw cause;
    const text = `nothing was changed: ${pulumiFailure(cause)}`;
    throw new PerchError('process_failed', text, { cause });
  }
}
