import { z } from 'zod';

/** Order of a monitor to a canary of its host to eject itself, because no leader has ejected it. */
export const ejectionOrderSchema = z.object({
  /** Name of the monitor. */
  by: z.string(),
  /** A sentence without its full stop. */
  reason: z.string(),
  /** Hard failure, or id of the rule. */
  cause: z.string(),
  /** Keys of flags to switch off. */
  flags: z.array(z.string()),
});

export type EjectionOrder = z.infer<typeof ejectionOrderSchema>;
