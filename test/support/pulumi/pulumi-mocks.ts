import { setImmediate } from 'node:timers/promises';
import * as pulumi from '@pulumi/pulumi';
import { answersOf, type Properties } from './stand-in-answers.ts';

export interface MadeResource {
  readonly type: string;
  readonly name: string;
  /** A secret is an object with a `value` and Pulumi's signature. */
  readonly inputs: Properties;
}

/** Project, stack, whether it is a preview, and organization. */
const stackUnderTest = ['perch', 'test', false, 'organization'] as const;

/**
 * Runs `compose` with Pulumi's mocks and returns every resource that it made.
 * @param calls gets the functions of providers that it called.
 */
export async function composed(
  compose: () => unknown,
  calls: unknown[] = [],
): Promise<MadeResource[]> {
  return await mocked(compose, calls, answersOf);
}

/**
 * Runs `compose` as `pulumi destroy --run-program` does after a destroy that deleted everything:
 * nothing is made, and no resource has an id or an output.
 * @returns the resources that it registered.
 */
export async function composedAfterDestroy(compose: () => unknown): Promise<MadeResource[]> {
  return await mocked(compose, [], undefined);
}

/** @param answer outputs of a resource beside its inputs. Undefined: no resource is there. */
async function mocked(
  compose: () => unknown,
  calls: unknown[],
  answer: typeof answersOf | undefined,
): Promise<MadeResource[]> {
  const made: MadeResource[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs, id }: pulumi.runtime.MockResourceArgs) {
        const properties = inputs as Properties;
        made.push({ type, name, inputs: properties });
        if (answer === undefined) return { id: '', state: {} };
        const key = id === undefined || id === '' ? `${name}-id` : id;
        return { id: key, state: { ...properties, ...answer(type, key, properties) } };
      },
      call({ token, inputs }: pulumi.runtime.MockCallArgs) {
        calls.push({ token, inputs: inputs as Properties });
        return answersOf(token, token, inputs as Properties);
      },
    },
    ...stackUnderTest,
  );
  // Pulumi would wait for ever for a resource whose inputs cannot be computed.
  const failed = Promise.withResolvers<never>();
  process.once('unhandledRejection', failed.reject);
  try {
    await Promise.race([composedAndRegistered(compose), failed.promise]);
  } finally {
    process.off('unhandledRejection', failed.reject);
  }
  return made;
}

async function composedAndRegistered(compose: () => unknown): Promise<void> {
  await compose();
  await pulumi.runtime.disconnect();
  // Pulumi does not wait for a component's outputs; those that cannot be computed are known by then.
  await setImmediate();
}

/** Types of what a cloud or an engine makes, without Perch's own components: `LoadBalancer`... */
export function kindsOf(made: readonly MadeResource[]): string[] {
  return made
    .filter(({ type }) => !type.startsWith('perch:'))
    .map(({ type }) => type.split(':').at(-1) ?? '');
}

/** Inputs of every resource of a kind. */
export function inputsOf(made: readonly MadeResource[], kind: string): Properties[] {
  return made
    .filter(({ type }) => !type.startsWith('perch:') && type.endsWith(`:${kind}`))
    .map(({ inputs }) => inputs);
}

/** Inputs of every command that runs over ssh. */
export function remoteCommands(made: readonly MadeResource[]): Properties[] {
  return made.filter(({ type }) => type === 'command:remote:Command').map(({ inputs }) => inputs);
}

/** The command line of the first proxy's container. */
export function proxyCommand(made: readonly MadeResource[]): unknown {
  return made.find(({ type, name }) => type.endsWith(':Container') && name === 'proxy-prod-0')
    ?.inputs['command'];
}

/** The Redis URLs in the environment of all containers. */
export function redisUrls(made: readonly MadeResource[]): string[] {
  return inputsOf(made, 'Container').flatMap(
    ({ envs }) => JSON.stringify(envs).match(/PERCH_REDIS_URL=[^"]+/g) ?? [],
  );
}

const secretSignature = ['4dabf18193072939515e22adb298388d', '1b47061264138c4ac30d75fd1eb44270'];

/** JSON of `value` as the state would show it, without secrets. */
export function clearText(value: unknown): string {
  const [key = '', signature] = secretSignature;
  const hide = (_name: string, part: unknown): unknown =>
    typeof part === 'object' && part !== null && Reflect.get(part, key) === signature
      ? '[secret]'
      : part;
  return JSON.stringify(value, hide);
}
