import { z } from 'zod';

const proxyJump = z.object({
  host: z.string(),
  port: z.number(),
  user: z.string(),
  hostKey: z.string(),
});

/** Shape of the outputs `connection` and `joint`. */
export const connectionSchema = z.preprocess(
  withNetwork,
  z.object({
    service: z.string(),
    target: z.string(),
    /** Access by ssh to the control host, where `perch` commands run. */
    control: z.object({
      host: z.string(),
      port: z.number(),
      user: z.string(),
      hostKey: z.string(),
      /** Machine through which ssh reaches the control host. */
      proxyJump: proxyJump.optional(),
    }),
    /** Secret. */
    redisUrl: z.string(),
    /** Parts that the target offers to canary stacks: ids of networks, addresses of registries. */
    network: z.record(z.string(), z.string()),
  }),
);

/** Everything that a canary stack needs to join a prod stack: that stack's output `connection`. */
export type ProdConnection = z.output<typeof connectionSchema>;

/** Output `joint`: the connection in the words of release 0.1, for its canary stacks. */
export function deprecatedConnection({ network, ...connection }: ProdConnection) {
  return { ...connection, neighbourhood: network };
}

/** Release 0.1 called the network `neighbourhood`. */
function withNetwork(output: unknown): unknown {
  const isDeprecated = typeof output === 'object' && output !== null && 'neighbourhood' in output;
  return isDeprecated ? { network: output.neighbourhood, ...output } : output;
}

/**
 * Access to the control host by ssh, from a stack's output `connection` or `joint`.
 * @returns undefined without an output: the stack has none, as on target docker.
 * @throws ZodError if the output is not a connection.
 */
export function controlOf(output: unknown): ProdConnection['control'] | undefined {
  return output === undefined ? undefined : connectionSchema.parse(output).control;
}
