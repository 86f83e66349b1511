import { z } from 'zod';

const longestName = 100;
const longestReason = 500;
/**
 * Check of a text that stands in lists and events, with its message: control characters would break
 * their lines, and could steer a terminal.
 */
export const oneLine = [/^\P{Cc}*$/u, 'must be one line without control characters'] as const;

/** Name of the person for whom a command runs. */
export const operatorSchema = noteSchema(longestName);

/** Input whose operator and reason are recorded. */
export const noteSchemas = {
  by: noteSchema(longestName),
  reason: noteSchema(longestReason),
};

/** A person's reason for a change, for the release document and the events. */
export const reasonSchema = z
  .string('must be given')
  .trim()
  .min(1, 'must not be empty')
  .regex(...oneLine)
  .max(longestReason, `must be ${longestReason} characters at most`);

function noteSchema(longest: number) {
  return z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .regex(...oneLine)
    .max(longest, `must be ${longest} characters at most`)
    .optional();
}
