/** A host stack on two servers and a guest of it, for the engine with stand-in providers. */
import { sshPrivateKey } from '../../../support/pulumi/ssh-keys.ts';
import type { Engine, Stack } from './engine.ts';
import { shippedStack } from './shipped-stacks.ts';
import { stackYaml } from './stack-yaml.ts';

/** Settings of a guest, `blog`, of the stack `prod`. */
export const guestSettings = {
  role: 'prod',
  target: 'server',
  service: 'blog',
  hostStack: 'organization/perch/prod',
  hosts: ['blog.perch.internal'],
  image: `registry.perch.internal/blog@sha256:${'b'.repeat(64)}`,
  stableCount: 2,
};

/** The shipped stack of this file, as `prod`, with hosts. */
export async function hostStackOf(
  engine: Engine,
  file: string,
  values: Readonly<Record<string, string>> = {},
): Promise<Stack> {
  const yaml = shippedStack(file);
  const login = yaml.includes('registryUsername') && { registryPassword: 'a-registry-password' };
  const stack = await engine.stack('prod', yaml, { sshPrivateKey, ...login });
  for (const [key, value] of Object.entries({ 'hosts[0]': 'shop.perch.internal', ...values })) {
    await stack.configure(key, value);
  }
  return stack;
}

/** A stack of another name whose settings are those of a guest, but for some. */
export async function guestStack(
  engine: Engine,
  name: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Stack> {
  return await engine.stack(name, stackYaml({ ...guestSettings, ...settings }), { sshPrivateKey });
}
