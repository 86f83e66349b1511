import { z } from 'zod';
import { flagFormSchema } from '../../core/flags/flag-form.ts';
import { operatorSchema, reasonSchema } from '../../core/input/note-schemas.ts';

const key = z.string('must be given');
const set = {
  action: z.literal('set'),
  key,
  /** Definition in flagd's format, JSON. */
  text: z.string('must be given'),
};
/** JSON of the flag as it was stored when the person saw it; empty without one. */
const seen = z.string('must be given');
const toggle = { action: z.literal('toggle'), key };
const undo = {
  action: z.literal('undo'),
  key,
  /** Id of the change before which to go back. */
  change: z.string('must be given'),
};
const remove = { action: z.literal('delete'), key };
const confirmed = {
  reason: reasonSchema,
  /** Name of the person, for the event. Default: the console's operator. */
  by: operatorSchema,
  seen,
};

const actionRule = 'must be one of set, toggle, undo, delete';

export const flagPreviewSchema = z.discriminatedUnion(
  'action',
  [
    // A form is written into the text.
    z.strictObject({ ...set, seen, form: flagFormSchema.optional() }),
    z.strictObject(toggle),
    z.strictObject(undo),
    z.strictObject(remove),
  ],
  actionRule,
);

export const flagRequestSchema = z.discriminatedUnion(
  'action',
  [
    z.strictObject({ ...set, ...confirmed }),
    z.strictObject({ ...toggle, ...confirmed }),
    z.strictObject({ ...undo, ...confirmed }),
    z
      .strictObject({ ...remove, ...confirmed, name: z.string('must be given') })
      .refine((request) => request.name === request.key, {
        path: ['name'],
        message: 'must be the key of the flag',
      }),
  ],
  actionRule,
);

/** Change of a flag as a person chose it, and before they confirm it. */
export type FlagPreviewRequest = z.infer<typeof flagPreviewSchema>;
/** Change of a flag that a person confirmed. */
export type FlagRequest = z.infer<typeof flagRequestSchema>;
