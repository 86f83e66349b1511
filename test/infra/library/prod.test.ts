import * as pulumi from '@pulumi/pulumi';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Prod } from '../../../infra/library/prod.ts';
import { composed, inputsOf } from '../../support/pulumi/pulumi-mocks.ts';

beforeEach(() => {
  // Nothing is created, so nothing outside is asked.
  vi.stubEnv('PULUMI_RUN_PROGRAM', 'true');
  pulumi.runtime.setAllConfig({ 'perch:role': 'local' });
});
afterEach(() => {
  vi.unstubAllEnvs();
  pulumi.runtime.setAllConfig({});
});

const image = `shop@sha256:${'a'.repeat(64)}`;
const args = { target: 'docker', httpPort: 8080, image } as const;

/** Makes a stack, and reads an output of it. */
async function read<T>(of: (prod: Prod) => pulumi.Output<T>): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  await composed(async () => {
    const prod = new Prod('shop', { ...args, environment: { MODE: pulumi.output('fast') } });
    await prod.outputs;
    of(prod).apply(resolve);
    await promise;
  });
  return await promise;
}

test('a prod stack gives hosts, URL, image and environment to what else the program makes', async () => {
  const address = '127.0.0.1';
  expect(await read(({ hosts }) => pulumi.output(hosts))).toEqual([
    { name: 'here', publicAddress: address, privateAddress: address },
  ]);
  expect(await read(({ url }) => url)).toBe(`http://${address}:8080`);
  expect(await read(({ app }) => pulumi.all([app.image, app.version]))).toEqual([
    image,
    'a'.repeat(12),
  ]);
  expect(await read(({ app }) => app.environment)).toEqual({ MODE: 'fast' });
});

test("members get the environment that the program's resources give", async () => {
  const made = await composed(async () => {
    const environment = { BUCKET: pulumi.output('uploads') };
    await new Prod('shop', { ...args, environment }).outputs;
  });
  const members = inputsOf(made, 'Container').filter(({ envs }) =>
    JSON.stringify(envs).includes('BUCKET=uploads'),
  );
  expect(members).toHaveLength(3);
});

test('a second service in one stack is refused', async () => {
  const program = async () => {
    await new Prod('shop', args).outputs;
    expect(() => new Prod('blog', args)).toThrow(
      'a stack must have one service, got a second one, blog',
    );
  };
  expect.assertions(1);
  await composed(async () => await pulumi.runtime.runInPulumiStack(program));
});
