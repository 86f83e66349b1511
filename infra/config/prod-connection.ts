import { z } from 'zod';
import { architectures } from '../../runtime/contract/architecture.ts';

const proxyJump = z.object({
  host: z.string(),
  port: z.number(),
  user: z.string(),
  hostKey: z.string(),
});

export const controlSchema = proxyJump.extend({
  /** Machine through which ssh reaches the host. */
  proxyJump: proxyJump.optional(),
});

/** Shape of the outputs `connection` and `joint`. */
export const connectionSchema = z.preprocess(
  withNetwork,
  z.object({
    service: z.string(),
    /** Service whose monitors run the commands: that of the host stack of a guest. Default: `service`. */
    edgeService: z.string().optional(),
    target: z.string(),
    /** Access by ssh to the control host, where `perch` commands run. */
    control: controlSchema,
    /**
     * Access to every host, the control host first: where it does not answer, any other host's monitor
     * runs the commands. Stacks that release 0.2 updated last have none.
     */
    controls: z.array(controlSchema).optional(),
    /** Architectures of the hosts, for which a canary that prod shall run is built too. Absent: amd64. */
    architectures: z.array(z.enum(architectures)).optional(),
    /** Secret. */
    redisUrl: z.string(),
    /** Parts that the target offers to canary stacks: ids of networks, addresses of registries. */
    network: z.record(z.string(), z.string()),
  }),
);

/** Everything that a canary stack needs to join a prod stack: that stack's output `connection`. */
export type ProdConnection = z.output<typeof connectionSchema>;

/** Output `joint`: the connection in the words of release 0.1, for its canary stacks. */
export function deprecatedConnection({
  network,
  controls: _new,
  edgeService: _newToo,
  architectures: _newest,
  ...connection
}: ProdConnection) {
  return { ...connection, neighbourhood: network };
}

/** Release 0.1 called the network `neighbourhood`. */
function withNetwork(output: unknown): unknown {
  const isDeprecated = typeof output === 'object' && output !== null && 'neighbourhood' in output;
  return isDeprecated ? { network: output.neighbourhood, ...output } : output;
}

/** Outputs of a stack, name to value. */
export type Outputs = Readonly<Record<string, { readonly value: unknown } | undefined>>;

/**
 * Access by ssh to the hosts where commands may run, the control host first, from a stack's output
 * `connection`, or `joint` if release 0.1 updated it last.
 * @returns nothing without an output: the stack has none, as on target docker.
 * @throws ZodError if the output is not a connection.
 */
export function controlsOf(outputs: Outputs): readonly ProdConnection['control'][] {
  const output = outputs['connection'] ?? outputs['joint'];
  if (output === undefined) return [];
  const { control, controls } = connectionSchema.parse(output.value);
  return controls ?? [control];
}

/** Service that a stack's commands are about, and the one whose monitors run them. */
export function monitoredIn(outputs: Outputs): {
  /** Undefined: the stack was never updated. */
  readonly service: string | undefined;
  readonly edgeService: string | undefined;
} {
  const named = (output: string) => {
    const name: unknown = outputs[output]?.value;
    return typeof name === 'string' ? name : undefined;
  };
  return { service: named('service'), edgeService: named('edgeService') };
}
