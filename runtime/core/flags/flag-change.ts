import { z } from 'zod';
import { PerchError } from '../../contract/perch-error.ts';
import type { FlagDefinition } from './flag-definition.ts';

/** A recorded change of a flag. */
export const flagChangeSchema = z.object({
  /** Id of its event in the stream of events. */
  id: z.string().regex(/^\d+-\d+$/),
  /** Type of its event: `flag-set`, `flag-toggled`, `flag-disabled`, `flag-undone`, `flag-deleted`. */
  type: z.string(),
  by: z.string(),
  reason: z.string().optional(),
  /** Definition before the change as it was stored, JSON; null if there was no flag. */
  before: z.string().nullable(),
  /** Definition after the change as it was stored, JSON; null if there is no flag any more. */
  after: z.string().nullable(),
});
export type FlagChange = z.infer<typeof flagChangeSchema>;

/** Newest changes that are kept of each flag. */
export const rememberedChanges = 50;
/** Length beyond which the older changes of a flag are dropped, characters of JSON. */
const longestHistory = 131_072;

/** Changes that stay beside a newer one, newest first. */
export function remainingChanges(
  newer: Omit<FlagChange, 'id'>,
  older: readonly FlagChange[],
): FlagChange[] {
  let length = JSON.stringify(newer).length;
  const newest = older.slice(0, rememberedChanges - 1);
  const end = newest.findIndex((change) => {
    length += JSON.stringify(change).length;
    return length > longestHistory;
  });
  return end === -1 ? newest : newest.slice(0, end);
}

/** Time of a change by Redis' clock, milliseconds since the epoch. */
export function timeOfChange({ id }: Pick<FlagChange, 'id'>): number {
  return Number(id.split('-', 1)[0]);
}

/**
 * Chooses the change to undo: the newest one, unless another is named.
 * @param changes newest first.
 * @param stored the flag as it is stored, JSON; null if it is not.
 * @throws PerchError `not_found` without such a change; `bad_input` if the newest change is not the last
 *   one, because an older version of Perch changed the flag since, or if nothing would change.
 */
export function changeToUndo(
  key: string,
  { changes, stored }: { readonly changes: readonly FlagChange[]; readonly stored: string | null },
  id?: string,
): FlagChange {
  const [newest] = changes;
  const chosen = id === undefined ? newest : changes.find((change) => change.id === id);
  if (chosen === undefined) {
    const what = id === undefined ? 'no recorded change' : `no recorded change ${id}`;
    throw new PerchError('not_found', `flag ${key} has ${what}`);
  }
  if (id === undefined && chosen.after !== stored) {
    throw new PerchError(
      'bad_input',
      `flag ${key} was changed after its newest recorded change, by a version of Perch that records none: name the change before which to go back`,
    );
  }
  if (chosen.before === stored) {
    throw new PerchError('bad_input', `flag ${key} is already as it was before that change`);
  }
  return chosen;
}

/**
 * Toggles a flag: enables a disabled one; gives one with exactly two variants the other variant as its
 * default.
 * @throws PerchError `bad_input` for other numbers of variants.
 */
export function toggled(key: string, known: FlagDefinition): FlagDefinition {
  if (known.state === 'DISABLED') return { ...known, state: 'ENABLED' };
  const [first, second, ...others] = Object.keys(known.variants);
  if (first === undefined || second === undefined || others.length > 0) {
    const names = Object.keys(known.variants).join(', ');
    throw new PerchError('bad_input', `flag ${key} must have two variants to toggle, got ${names}`);
  }
  return { ...known, defaultVariant: known.defaultVariant === first ? second : first };
}
