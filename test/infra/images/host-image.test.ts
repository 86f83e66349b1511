import { expect, test } from 'vitest';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { composed, inputsOf, kindsOf } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

test('an image given by digest is pulled, not built', async () => {
  const digest = `registry.perch.internal/shop@sha256:${'a'.repeat(64)}`;
  const made = await composed(() =>
    makeProd(configFor('server', { image: digest, runtimeImage: digest })),
  );
  expect(kindsOf(made)).not.toContain('Image');
  const pulled = inputsOf(made, 'RemoteImage');
  expect(new Set(pulled.map(({ name }) => name))).toEqual(new Set([digest]));
  expect(pulled.map(({ keepLocally }) => keepLocally)).toEqual(pulled.map(() => true));
});
