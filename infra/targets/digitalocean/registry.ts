import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import { z } from 'zod';
import { whenMade } from '../../shell/when-made.ts';
import type { Registry } from '../../images/registry.ts';

const tier = 'basic';
const credentialSeconds = 3_600 * 24 * 365;

const credentialsSchema = z.object({
  auths: z.record(z.string(), z.object({ auth: z.base64() })),
});

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
    { registryName, write: true, expirySeconds: credentialSeconds },
    opts,
  );
  const login = whenMade(pulumi.secret(credentials.dockerCredentials), loginIn);
  return {
    address: pulumi.interpolate`registry.digitalocean.com/${registryName}`,
    username: pulumi.unsecret(whenMade(login, ({ username }) => username)),
    password: whenMade(login, ({ password }) => password),
  };
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
