import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import { z } from 'zod';
import { whenMade } from '../../shell/when-made.ts';
import type { Registry } from '../../images/registry.ts';

const tier = 'basic';
const daySeconds = 86_400;
const loginDays = { valid: 365, renewed: 90 };

const credentialsSchema = z.object({
  auths: z.record(z.string(), z.object({ auth: z.base64() })),
});

const server = 'registry.digitalocean.com';

/**
 * Name of the account's registry that a stack names without a login; Perch makes the login then.
 * Undefined: the registry is elsewhere, or has its own login.
 */
export function existingRegistry({
  address,
  username,
}: Registry): pulumi.Output<string> | undefined {
  if (username !== undefined || typeof address !== 'string') return undefined;
  const [host, name, ...rest] = address.split('/');
  if (host !== server || name === undefined || rest.length > 0) return undefined;
  return pulumi.output(name);
}

/** Makes DigitalOcean's container registry. An account has one, so a canary stack uses its prod stack's. */
export function makeRegistry(
  name: string,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const made = new digitalocean.ContainerRegistry(name, { subscriptionTierSlug: tier }, opts);
  return made.name;
}

/** The registry named `registryName`, with a login. */
export function registryNamed(
  name: string,
  registryName: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): Registry {
  const credentials = new digitalocean.ContainerRegistryDockerCredentials(
    name,
    { registryName, write: true, expirySeconds: loginSeconds(Date.now()) },
    opts,
  );
  const login = whenMade(pulumi.secret(credentials.dockerCredentials), loginIn);
  return {
    address: pulumi.interpolate`${server}/${registryName}`,
    username: pulumi.unsecret(whenMade(login, ({ username }) => username)),
    password: whenMade(login, ({ password }) => password),
  };
}

/**
 * Seconds that a login lasts: a year and as many seconds as quarters have passed. The number changes
 * every 90 days, and for a changed number DigitalOcean issues a new login; so every update finds one
 * that lasts for at least nine months.
 */
export function loginSeconds(nowMs: number): number {
  const periods = Math.floor(nowMs / 1_000 / (loginDays.renewed * daySeconds));
  return loginDays.valid * daySeconds + periods;
}

/** @param file Docker's config.json: `{auths: {HOST: {auth: base64 of "user:password"}}}`. */
export function loginIn(file: string): { username: string; password: string } {
  const { auths } = credentialsSchema.parse(JSON.parse(file));
  const [first] = Object.values(auths);
  const [username = '', password = ''] = Buffer.from(first?.auth ?? '', 'base64')
    .toString()
    .split(':');
  return { username, password };
}
