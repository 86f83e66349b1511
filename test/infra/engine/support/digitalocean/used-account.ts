import { expect } from 'vitest';
import { sshPrivateKey, sshPublicKey } from '../../../../support/pulumi/ssh-keys.ts';
import type { Engine, Stack } from '../engine.ts';
import { shippedStack } from '../shipped-stacks.ts';
import { DigitalOceanApi } from './api.ts';

/** The API of an account that has the key of the tests already, and a network in the range of a VPC. */
export async function startUsedAccount(): Promise<DigitalOceanApi> {
  const api = await DigitalOceanApi.start();
  await post(api, 'account/keys', { name: 'laptop', public_key: sshPublicKey });
  await post(api, 'vpcs', { name: 'other', region: 'fra1', ip_range: '10.43.0.0/20' });
  return api;
}

async function post(api: DigitalOceanApi, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${api.url}/v2/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

/** Stack of the documented example for `role`. */
export function exampleStack(role: string): string {
  return shippedStack(`docs/examples/Pulumi.${role}.digitalocean.yaml`);
}

/** A new stack in the account behind `api`. */
export async function stackIn(
  { url }: DigitalOceanApi,
  engine: Engine,
  { name, yaml }: { readonly name: string; readonly yaml: string },
): Promise<Stack> {
  const text = yaml.replace('config:\n', `config:\n  digitalocean:apiEndpoint: ${url}\n`);
  return await engine.stack(name, text, { sshPrivateKey });
}
