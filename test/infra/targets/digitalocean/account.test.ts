import { describe, expect, test } from 'vitest';
import { makeProd } from '../../../../infra/stacks/prod.ts';
import { composed, inputsOf, kindsOf } from '../../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../../support/pulumi/stack-configs.ts';

const prodOnDigitalOcean = async (values: Record<string, unknown> = {}) =>
  await composed(() => makeProd(configFor('digitalocean', values)));

test("the user's public key, which the account may have already, is never registered", async () => {
  const made = await prodOnDigitalOcean();
  const registered = inputsOf(made, 'SshKey').map(({ publicKey }) => publicKey);
  expect(registered).toEqual([expect.stringMatching(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5/)]);
  const userData = JSON.stringify(inputsOf(made, 'Droplet').map((inputs) => inputs['userData']));
  expect(userData).not.toContain(String(registered[0]));
});

test('the private network has a range that DigitalOcean chooses, unless the stack names one', async () => {
  expect(inputsOf(await prodOnDigitalOcean(), 'Vpc')).toEqual([{ region: 'fra1' }]);
  const named = await prodOnDigitalOcean({ networkRange: '10.50.0.0/24' });
  expect(inputsOf(named, 'Vpc')).toEqual([{ region: 'fra1', ipRange: '10.50.0.0/24' }]);
});

describe("The account's registry, named without a login", async () => {
  const made = await prodOnDigitalOcean({ registry: 'registry.digitalocean.com/team' });

  test('is used with a login that Perch makes', () => {
    expect(inputsOf(made, 'ContainerRegistryDockerCredentials')).toMatchObject([
      { registryName: 'team', write: true },
    ]);
    expect(inputsOf(made, 'Image').map(({ imageName }) => imageName)).toEqual([
      'registry.digitalocean.com/team/perch:perch',
    ]);
  });

  test('is not made once more', () => {
    expect(kindsOf(made)).not.toContain('ContainerRegistry');
  });
});

test('a registry with a login of its own gets none from DigitalOcean', async () => {
  const made = await prodOnDigitalOcean({
    registry: 'registry.perch.internal/shop',
    registryUsername: 'ci',
    registryPassword: 'x',
  });
  expect(kindsOf(made)).not.toContain('ContainerRegistryDockerCredentials');
});
