import { errorMessage } from '../../../../runtime/contract/error-message.ts';
import { PerchError } from '../../../../runtime/contract/perch-error.ts';

/** Words of the PerchError with which something fails. Undefined: it succeeds. */
export async function failureOf(asked: Promise<unknown>): Promise<string | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    if (error instanceof PerchError) return errorMessage(error);
    throw error;
  }
}
