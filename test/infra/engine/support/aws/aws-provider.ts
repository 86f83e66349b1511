/** The provider of `aws` that hands what the program registers to AWS, or to its emulator. */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Provider } from '@pulumi/pulumi/provider/index.js';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';
import { alerting } from './alerting.ts';
import { AwsCalls, AwsRefusal } from './aws-calls.ts';
import { NotThere, type Aws, type AwsResource } from './aws-resource.ts';
import { cache } from './cache.ts';
import { functions } from './functions.ts';
import { inTheClear, Inputs } from './inputs.ts';
import { loadBalancing } from './load-balancing.ts';
import { machines } from './machines.ts';
import { names } from './names.ts';
import { network } from './network.ts';
import { registry } from './registry.ts';
import { securityGroups } from './security-groups.ts';

const resources: Record<string, AwsResource> = {
  ...network,
  ...securityGroups,
  ...machines,
  ...loadBalancing,
  ...names,
  ...cache,
  ...registry,
  ...alerting,
};

function known<T>(table: Record<string, T>, type: string): T {
  const entry = table[type];
  if (entry === undefined) throw new Error(`the stand-in for aws does not know ${type}`);
  return entry;
}

/** Parts of a resource's name in the engine. */
export interface UrnParts {
  readonly typeOf: (urn: string) => string;
  readonly nameOf: (urn: string) => string;
}

/** @param endpoint of the emulator. */
export function awsProvider(endpoint: string, { typeOf, nameOf }: UrnParts): Provider {
  const calls = new AwsCalls(endpoint);
  readImports();
  const configuration = configured();
  const aws: Aws = {
    call: (operation, input) => calls.call(configuration.region, operation, input),
    tagsOf: (inputs) => ({
      ...configuration.defaultTags,
      ...(inputs.may('tags') as Record<string, string> | undefined),
    }),
  };
  return {
    version: '1.0.0',

    async check(urn, before: Properties, inputs: Properties) {
      const { named } = known(resources, typeOf(urn));
      if (named === undefined || inputs[named.key] !== undefined) return { inputs };
      const name = before[named.key] ?? autoName(nameOf(urn), named.longest);
      return { inputs: { ...inputs, [named.key]: name } };
    },

    async diff(_id, urn, before: Properties, after: Properties) {
      const changed = Object.keys(after).filter(
        (key) => !isDeepStrictEqual(before[key], after[key]),
      );
      const { fixed } = known(resources, typeOf(urn));
      return {
        changes: changed.length > 0,
        replaces: changed.filter((key) => fixed.includes(key)),
      };
    },

    async create(urn, values: Properties) {
      const resource = known(resources, typeOf(urn));
      const inputs = new Inputs(inTheClear(values));
      for (const key of resource.own ?? []) inputs.may(key);
      const id = await resource.create(aws, inputs);
      inputs.refuseRest();
      return { id, outs: { ...values, ...(await resource.read(aws, id, values)) } };
    },

    async read(id, urn, state: Properties) {
      const resource = known(resources, typeOf(urn));
      try {
        const found = await resource.read(aws, id, state);
        const isImport = Object.keys(state).length === 0;
        return { id, props: { ...state, ...found }, ...(isImport && { inputs: found }) };
      } catch (error) {
        const isUnknown = error instanceof AwsRefusal && /NotFound|NoSuch/.test(error.code);
        if (isUnknown || error instanceof NotThere) {
          return { id: '', props: {} };
        }
        throw error;
      }
    },

    async update(id, urn, before: Properties, after: Properties) {
      const resource = known(resources, typeOf(urn));
      if (resource.update === undefined) {
        throw new Error(`${typeOf(urn)} cannot be changed in place`);
      }
      await resource.update(aws, { id, before: inTheClear(before), after: inTheClear(after) });
      return { outs: { ...after, ...(await resource.read(aws, id, after)) } };
    },

    async delete(id, urn, state: Properties) {
      await known(resources, typeOf(urn)).delete(aws, id, inTheClear(state));
    },

    async invoke(token, values: Properties) {
      const inputs = new Inputs(values);
      const found = await known(functions, token)(aws, inputs);
      inputs.refuseRest();
      return { outputs: { ...values, ...found } };
    },
  };
}

/** The name that the real provider gives a resource. */
function autoName(prefix: string, longest: number): string {
  const name = `${prefix}-${randomBytes(4).toString('hex').slice(0, 7)}`;
  if (name.length <= longest) return name;
  throw new Error(`name '${prefix}-' plus 7 random chars is longer than maximum length ${longest}`);
}

/** Lets the library of providers read what has no state yet: it fails on an import. */
function readImports(): void {
  const method = ResourceProviderService.read;
  const deserialize = method.requestDeserialize;
  method.requestDeserialize = (bytes) => {
    const request = deserialize(bytes);
    const empty = { toJavaScript: () => ({}) };
    if (!request.hasProperties()) Object.assign(request, { getProperties: () => empty });
    return request;
  };
}

interface Configuration {
  region: string;
  defaultTags: Record<string, string>;
}

/** The provider's configuration, which the library of providers keeps to itself, once it has arrived. */
function configured(): Configuration {
  const configuration: Configuration = { region: '', defaultTags: {} };
  const method = ResourceProviderService.configure;
  const deserialize = method.requestDeserialize;
  method.requestDeserialize = (bytes) => {
    const request = deserialize(bytes);
    const given = request.getArgs()?.toJavaScript() ?? {};
    const { region, defaultTags } = given as Record<string, string>;
    configuration.region = region ?? '';
    const { tags } = JSON.parse(defaultTags ?? '{}') as { tags?: Record<string, string> };
    configuration.defaultTags = tags ?? {};
    return request;
  };
  return configuration;
}
