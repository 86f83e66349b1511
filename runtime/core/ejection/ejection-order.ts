import { z } from 'zod';

/** What a monitor tells a canary of its host that must go and that nobody has taken out. */
export const ejectionOrderSchema = z.object({
  /** The monitor. */
  by: z.string(),
  /** A sentence without its full stop. */
  reason: z.string(),
  /** The gate or rule. */
  cause: z.string(),
  /** Flags that go off with the canary. */
  flags: z.array(z.string()),
});

export type EjectionOrder = z.infer<typeof ejectionOrderSchema>;
