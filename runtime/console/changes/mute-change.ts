import { z } from 'zod';
import {
  longestSilenceMinutes,
  silenceMinutesRule,
  silenceTarget,
} from '../../core/alerting/mutes.ts';
import { operatorSchema, reasonSchema } from '../../core/input/note-schemas.ts';

const acknowledge = {
  action: z.literal('acknowledge'),
  /** Id of an open incident. */
  incident: z.string('must be given').min(1, 'must not be empty'),
};
const silence = {
  action: z.literal('silence'),
  ...silenceTarget,
  minutes: z
    .int(silenceMinutesRule)
    .min(1, silenceMinutesRule)
    .max(longestSilenceMinutes, silenceMinutesRule),
};
const unsilence = { action: z.literal('unsilence'), ...silenceTarget };
const confirmed = {
  reason: reasonSchema,
  /** Name of the person, for the event. Default: the console's operator. */
  by: operatorSchema,
  /** Answer of the preview that the person saw. */
  seen: z.int('must be a whole number').min(0, 'must be 0 at least'),
};

const actionRule = 'must be one of acknowledge, silence, unsilence';

export const mutePreviewSchema = z.discriminatedUnion(
  'action',
  [z.strictObject(acknowledge), z.strictObject(silence), z.strictObject(unsilence)],
  actionRule,
);

export const muteChangeSchema = z.discriminatedUnion(
  'action',
  [
    z.strictObject({ ...acknowledge, ...confirmed }),
    z.strictObject({ ...silence, ...confirmed }),
    z.strictObject({ ...unsilence, ...confirmed }),
  ],
  actionRule,
);

/** Acknowledgement or silence as a person chose it. */
export type MuteChange = z.infer<typeof mutePreviewSchema>;
