/**
 * A stand-in for a real provider under a real engine: it makes nothing, responds as the real one
 * would and logs the calls in order.
 *
 *   node stand-in.ts PACKAGE ENGINE_ADDRESS
 *
 * STAND_IN_FILES: folder of
 * - `log`: a line of JSON for each create, update and delete;
 * - `fail`: its lines, `TYPE NAME`, name resources whose creation fails;
 * - `fail-delete`: the same for their deletion;
 * - `hold`: the same for resources whose creation lasts as long as they stand there;
 * - `drift`: JSON, `TYPE NAME` to the properties that someone changed, or to null: it was removed.
 * STAND_IN_RUNS_PERCH: set, if commands that run `perch` in a monitor really run on this machine.
 * STAND_IN_AWS: address of an emulator of AWS. With it, the stand-in for `aws` makes everything there.
 */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import providerProtocol from '@pulumi/pulumi/proto/provider_pb.js';
import { main, type Provider } from '@pulumi/pulumi/provider/index.js';
import {
  answersOf,
  replacedBy,
  type Properties,
} from '../../../support/pulumi/stand-in-answers.ts';
import { awsProvider } from './aws/aws-provider.ts';

const [packageName = '', ...engine] = process.argv.slice(2);
const folder = required('STAND_IN_FILES');
const log = join(folder, 'log');
const failures = { create: 'fail', delete: 'fail-delete' } as const;

/** Names of what changed, by the diff whose answer is being written now. */
let changedNow: readonly string[] = [];
// Real providers name what changed, and the option `replaceOnChanges` needs that. The server of Node's
// providers leaves it out.
const { prototype } = providerProtocol.DiffResponse;
Object.defineProperty(prototype, 'setChanges', {
  value: new Proxy(Reflect.get(prototype, 'setChanges'), {
    apply(setChanges, answer: typeof prototype, args: unknown[]) {
      answer.setDiffsList([...changedNow]);
      return Reflect.apply(setChanges, answer, args);
    },
  }),
});

/** URN to the option `ignoreChanges`, which a provider itself heeds in a refresh; the library keeps it back. */
const ignored = new Map<string, readonly string[]>();
const { diff: diffMethod } = ResourceProviderService;
const deserializeDiff = diffMethod.requestDeserialize;
diffMethod.requestDeserialize = (bytes) => {
  const request = deserializeDiff(bytes);
  ignored.set(request.getUrn(), request.getIgnorechangesList());
  return request;
};

const nothing: Provider = {
  version: '1.0.0',

  async diff(_id, urn, before, after) {
    const changed = changedKeys(withoutLogin(before), withoutLogin(after)).filter(
      (key) => ignored.get(urn)?.includes(key) !== true,
    );
    const replaces = changed.filter((key) => replacedBy(typeOf(urn), key));
    return { changes: changed.length > 0, replaces };
  },

  async create(urn, inputs: Properties) {
    const printed = await ran(inputs, 'create');
    const id = `${nameOf(urn)}-${suffixOf(inputs)}`;
    return { id, outs: { ...inputs, ...answersOf(typeOf(urn), id, inputs), ...printed } };
  },

  async read(id, urn, state: Properties) {
    const file = join(folder, 'drift');
    const drift = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Properties | null>)
      : {};
    const change = drift[`${typeOf(urn)} ${nameOf(urn)}`];
    if (change === null) return { id: '', props: {} };
    const props = { ...state, ...change };
    return { id, props, ...(change !== undefined && { inputs: props }) };
  },

  async update(id, urn, _before, after: Properties) {
    const printed = await ran(after, after['update'] === undefined ? 'create' : 'update');
    return { outs: { ...after, ...answersOf(typeOf(urn), id, after), ...printed } };
  },

  async delete(_id, _urn, properties: Properties) {
    await ran(properties, 'delete');
  },

  async invoke(token, inputs: Properties) {
    return { outputs: { ...inputs, ...answersOf(token, token, inputs) } };
  },
};

const emulator = process.env['STAND_IN_AWS'];
const isEmulated = packageName === 'aws' && emulator !== undefined;
await main(recorded(isEmulated ? awsProvider(emulator, { typeOf, nameOf }) : nothing), engine);

/** Runs a script that runs `perch` in a monitor, if this stand-in does that. */
async function ran(inputs: Properties, script: string): Promise<Properties> {
  const { [script]: text, stdin } = inputs;
  const isPerch = typeof text === 'string' && text.includes('"$monitor" perch ');
  if (process.env['STAND_IN_RUNS_PERCH'] === undefined || !isPerch) return {};
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile('sh', ['-c', text], (error, stdout, stderr) => {
    if (error === null) resolve(stdout.trim());
    else reject(new Error(`${stderr}\n${text}`));
  });
  child.stdin?.on('error', () => undefined).end(typeof stdin === 'string' ? stdin : '');
  return { stdout: await promise };
}

/** Logs the calls of a provider, and names what changed. */
function recorded(provider: Provider): Provider {
  return {
    ...provider,
    async diff(id, urn, before: Properties, after: Properties) {
      const { changes = false, ...rest } = await called(provider.diff)(id, urn, before, after);
      const changed = changedKeys(withoutLogin(before), withoutLogin(after));
      return {
        ...rest,
        get changes() {
          changedNow = changed;
          return changes;
        },
      };
    },
    async create(urn, inputs: Properties) {
      failIfListed('create', urn);
      record('create', urn, inputs);
      while (isListed('hold', urn)) await delay(20);
      return await called(provider.create)(urn, inputs);
    },
    async update(id, urn, before: Properties, after: Properties) {
      record('update', urn, after);
      return await called(provider.update)(id, urn, before, after);
    },
    async delete(id, urn, properties: Properties) {
      failIfListed('delete', urn);
      record('delete', urn, properties);
      await called(provider.delete)(id, urn, properties);
    },
  };
}

function called<T>(method: T | undefined): T {
  if (method === undefined) throw new Error('the provider lacks a method');
  return method;
}

function record(operation: string, urn: string, inputs: Properties): void {
  const entry = { package: packageName, operation, type: typeOf(urn), name: nameOf(urn), inputs };
  appendFileSync(log, `${JSON.stringify(entry)}\n`);
}

function failIfListed(operation: 'create' | 'delete', urn: string): void {
  const resource = `${typeOf(urn)} ${nameOf(urn)}`;
  if (isListed(failures[operation], urn)) throw new Error(`${resource} must fail in this test`);
}

function isListed(list: string, urn: string): boolean {
  const file = join(folder, list);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.includes(`${typeOf(urn)} ${nameOf(urn)}`);
}

/** An image that is built does not change with the login of its registry. */
function withoutLogin(properties: Properties): Properties {
  const { registry, ...rest } = properties;
  if (typeof registry !== 'object' || registry === null || !('server' in registry))
    return properties;
  return { ...rest, registry: registry.server };
}

/** Equal for equal inputs, so that tests know it; but what is random is another each time. */
function suffixOf(inputs: Properties): string {
  if (packageName === 'random') return randomBytes(4).toString('hex');
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 8);
}

function changedKeys(before: Properties, after: Properties): string[] {
  return Object.keys(after).filter((key) => !isDeepStrictEqual(before[key], after[key]));
}

/** `docker:index/container:Container` of `urn:pulumi:...::perch:service:App$docker:...::name`. */
function typeOf(urn: string): string {
  return urn.split('::')[2]?.split('$').at(-1) ?? '';
}

function nameOf(urn: string): string {
  return urn.split('::').at(-1) ?? '';
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} must be set`);
  return value;
}
