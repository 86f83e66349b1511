import { z } from 'zod';

export const jointSchema = z.object({
  service: z.string(),
  target: z.string(),
  /** Where `perch` commands are run: how ssh reaches the control host. */
  control: z.object({
    host: z.string(),
    port: z.number(),
    user: z.string(),
    hostKey: z.string(),
  }),
  /** Secret. */
  redisUrl: z.string(),
  /** What the target offers to stacks that join: ids of networks, addresses of registries. */
  neighbourhood: z.record(z.string(), z.string()),
});

/** What a prod stack tells the canary stack that joins it. */
export type Joint = z.infer<typeof jointSchema>;

/** How ssh reaches the control host, from a stack's `joint` output; undefined where it has none. */
export function controlOf(joint: unknown): Joint['control'] | undefined {
  return joint === undefined ? undefined : jointSchema.parse(joint).control;
}
