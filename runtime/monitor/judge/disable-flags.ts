import { PerchError } from '../../contract/perch-error.ts';
import type { FlagStore } from '../../store/flags/flag-store.ts';

/**
 * Switches flags off. A flag that is not stored is reported, and does not keep the others on.
 * @returns what was done, a sentence for each flag.
 * @throws PerchError `redis_unavailable` or `redis_refused`.
 */
export async function disableFlags(
  flags: Pick<FlagStore, 'disable'>,
  keys: readonly string[],
  reason: string,
): Promise<string[]> {
  const done: string[] = [];
  for (const key of keys) {
    try {
      await flags.disable(key, reason);
      done.push(`flag ${key} disabled`);
    } catch (error) {
      if (!(error instanceof PerchError) || !isAboutFlag(error)) throw error;
      done.push(`flag ${key} not disabled: ${error.message}`);
    }
  }
  return done;
}

/** True for an error that another flag may not have. */
function isAboutFlag({ code }: PerchError): boolean {
  return code === 'bad_input' || code === 'not_found';
}
