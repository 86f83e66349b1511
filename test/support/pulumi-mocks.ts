import * as pulumi from '@pulumi/pulumi';
import { answersOf, type Properties } from './stand-in-answers.ts';

export interface MadeResource {
  readonly type: string;
  readonly name: string;
  /** A secret is an object with a `value` and Pulumi's signature. */
  readonly inputs: Properties;
}

/** Runs `compose` against Pulumi's mocks and answers every resource that it made. */
export async function composed(compose: () => unknown): Promise<MadeResource[]> {
  const made: MadeResource[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs, id }: pulumi.runtime.MockResourceArgs) {
        const properties = inputs as Properties;
        made.push({ type, name, inputs: properties });
        const key = id === undefined || id === '' ? `${name}-id` : id;
        return { id: key, state: { ...properties, ...answersOf(type, key, properties) } };
      },
      call: ({ token, inputs }: pulumi.runtime.MockCallArgs) =>
        answersOf(token, token, inputs as Properties),
    },
    'perch',
    'test',
  );
  await compose();
  await pulumi.runtime.disconnect();
  return made;
}

const secretSignature = ['4dabf18193072939515e22adb298388d', '1b47061264138c4ac30d75fd1eb44270'];

/** JSON of what would stand in the state in the clear. */
export function clearText(value: unknown): string {
  const [key = '', signature] = secretSignature;
  const hide = (_name: string, part: unknown): unknown =>
    typeof part === 'object' && part !== null && Reflect.get(part, key) === signature
      ? '[secret]'
      : part;
  return JSON.stringify(value, hide);
}
