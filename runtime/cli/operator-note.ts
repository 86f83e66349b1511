import { z } from 'zod';

const longestName = 100;
const longestReason = 500;
/**
 * Check of a text that stands in lists and events, with its message: control characters would break
 * their lines, and could steer a terminal.
 */
export const oneLine = [/^\P{Cc}*$/u, 'must be one line without control characters'] as const;

/** Name of the person for whom the command runs. */
export const operatorSchema = noteSchema(longestName);

/** Options of a command whose operator and reason are recorded. */
export const noteSchemas = {
  by: noteSchema(longestName),
  reason: noteSchema(longestReason),
};

function noteSchema(longest: number) {
  return z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .regex(...oneLine)
    .max(longest, `must be ${longest} characters at most`)
    .optional();
}

/** Name, reason and time as they are stored. */
export function noteOf(
  given: { readonly by?: string | undefined; readonly reason?: string | undefined },
  session: { readonly by: string },
) {
  const { by = session.by, reason } = given;
  return { by, ...(reason !== undefined && { reason }), at: Date.now() };
}
