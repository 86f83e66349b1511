import { expect, test } from 'vitest';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { clearText, composed } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

const password = 'a-secret-password';
const pullLogins = ['docker.io', 'ghcr.io'].map((server) => ({
  server,
  username: 'team',
  password,
}));

/** Registries of the logins of the hosts' Docker plugins, once for each host. */
async function servers(
  target: 'aws' | 'server',
  values: Record<string, unknown>,
): Promise<unknown[]> {
  const made = await composed(() => makeProd(configFor(target, values)));
  const providers = made.filter(({ type }) => type === 'pulumi:providers:docker');
  expect(clearText(providers)).not.toContain(password);
  return providers.map(({ inputs }) => {
    const { value } = inputs['registryAuth'] as { value: string };
    return (JSON.parse(value) as { address: string }[]).map(({ address }) => address);
  });
}

// The plugin itself pulls what a refresh finds missing. It looks up Docker Hub by its own name.
const configured = ['docker.io', 'registry-1.docker.io', 'ghcr.io'];

test("the hosts' Docker plugins have the logins of pullLogins", async () => {
  expect(await servers('server', { pullLogins })).toEqual([configured, configured]);
});

test("the login of the stack's own registry comes last, so that it counts", async () => {
  const values = { pullLogins, registryUsername: 'deploy', registryPassword: 'another-secret' };
  const all = [...configured, 'registry.perch.internal'];
  expect(await servers('server', values)).toEqual([all, all]);
});
