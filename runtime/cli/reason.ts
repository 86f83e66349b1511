import { z } from 'zod';
import { oneLine } from './operator-note.ts';

/** A person's reason for a change, for the release document and the events. */
export const reasonSchema = z
  .string('must be given')
  .trim()
  .min(1, 'must not be empty')
  .regex(...oneLine)
  .max(500, 'must be 500 characters at most');
