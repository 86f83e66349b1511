import * as pulumi from '@pulumi/pulumi';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import { preflight } from '../preflight.ts';
import { secretValues } from '../services/secret-values.ts';
import { makeStack, stackOutputs, type StackParts } from '../stacks/make-stack.ts';
import type { ProgramStack } from './program-stack.ts';

/** A host of a stack, for what else the program makes. */
export interface HostAddresses {
  /** Name in the release document. */
  readonly name: string;
  /** Address for clients. */
  readonly publicAddress: string;
  /** Address for the other hosts. */
  readonly privateAddress: string;
}

/** The application of a stack, for what else the program makes. */
export interface StackApp {
  /** The application's own environment, name to value. Secret if it has secrets. */
  readonly environment: pulumi.Output<Record<string, string>>;
  /** Image of the members, by digest. */
  readonly image: pulumi.Output<string>;
  readonly version: pulumi.Output<string>;
}

/** Outputs of a stack, name to value. */
export type StackOutputs = Readonly<Record<string, pulumi.Input<unknown>>>;

/** Stacks that have a service: the automation API runs several in one process. */
const served = new WeakSet<object>();

/** Everything that a stack has of Perch, below one component. */
export abstract class StackComponent extends pulumi.ComponentResource {
  readonly app: StackApp;
  /** The first one carries Redis. */
  readonly hosts: pulumi.Output<readonly HostAddresses[]>;
  /**
   * Outputs that `npx perch` and other stacks read. A program exports them, with its own if it has any:
   * `export default { ...(await shop.outputs), bucket: bucket.id }`.
   */
  readonly outputs: Promise<StackOutputs>;
  readonly #parts: Promise<StackParts>;

  constructor(
    type: string,
    name: string,
    stack: ProgramStack,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    const root = pulumi.runtime.getStackResource();
    if (root !== undefined && served.has(root)) {
      throw new pulumi.RunError(
        `a stack must have one service, got a second one, ${name}: its outputs and its configuration are about one; put the other one into a stack of its own (docs/services.md)`,
      );
    }
    if (root !== undefined) served.add(root);
    // Without arguments, which would put secrets in the clear into the state.
    super(type, name, {}, opts);
    const { config, settings } = stack;
    this.#parts = this.#make(config);
    this.app = {
      environment: environmentOf(config),
      image: this.part(({ images }) => images.app),
      version: this.part(({ images }) => images.version),
    };
    this.hosts = this.part(({ target }) => pulumi.all(target.hosts.map(addressesOf)));
    this.outputs = this.#parts.then((parts) => ({
      ...given(stackOutputs(config, parts)),
      // Commands of `npx perch` read them beside the configuration.
      settings,
    }));
  }

  /** Lets whoever depends on the component wait for all of its parts. */
  protected override async initialize(): Promise<void> {
    // The base class calls this before the constructor has gone on.
    await Promise.resolve();
    await this.#parts;
  }

  /** Output of a part that is made later. */
  protected part<T>(of: (parts: StackParts) => pulumi.Output<T>): pulumi.Output<T> {
    return pulumi
      .output(undefined)
      .apply(() => this.#parts.then(of))
      .apply((output) => output);
  }

  async #make(config: StackConfig): Promise<StackParts> {
    try {
      await preflight(config);
    } catch (error) {
      if (error instanceof PerchError) throw new pulumi.RunError(error.message);
      throw error;
    }
    // A program that made the parts without a component goes on with them.
    return await makeStack(config, {
      parent: this,
      aliases: [{ parent: pulumi.rootStackResource }],
    });
  }
}

/** Outputs that a stack has. Pulumi warns of others. */
function given(outputs: Readonly<Record<string, unknown>>): StackOutputs {
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== undefined));
}

function addressesOf(host: Host): pulumi.Output<HostAddresses> {
  const { name } = host;
  return pulumi
    .all([host.publicAddress, host.privateAddress])
    .apply(([publicAddress, privateAddress]) => ({ name, publicAddress, privateAddress }));
}

function environmentOf({ environment, secretEnvironment }: StackConfig) {
  return pulumi.output({ ...environment, ...secretValues(secretEnvironment) });
}
