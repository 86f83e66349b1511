import { z } from 'zod';

const longestName = 100;
const longestReason = 500;
/** Control characters would break the lines of lists and events, and could steer a terminal. */
const plain = [/^\P{Cc}*$/u, 'must be one line without control characters'] as const;

/** Options of a command whose operator and reason are recorded. */
export const noteSchemas = {
  by: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .regex(...plain)
    .max(longestName, `must be ${longestName} characters at most`)
    .optional(),
  reason: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .regex(...plain)
    .max(longestReason, `must be ${longestReason} characters at most`)
    .optional(),
};

/** Name, reason and time as they are stored. */
export function noteOf(
  given: { readonly by?: string | undefined; readonly reason?: string | undefined },
  session: { readonly by: string },
) {
  const { by = session.by, reason } = given;
  return { by, ...(reason !== undefined && { reason }), at: Date.now() };
}
