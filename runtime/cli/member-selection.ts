import { z } from 'zod';
import { nameSchema } from '../core/input/name-schema.ts';

/** What ejecting and reinstating are told. */
export interface RotationOptions {
  readonly member?: string;
  readonly reason?: string;
}

export const memberSelectionSchema = z.object({
  member: nameSchema().optional(),
  reason: z
    .string('must be given')
    .trim()
    .min(1, 'must not be empty')
    .max(500, 'must be 500 characters at most'),
});
