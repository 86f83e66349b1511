/** What `pulumi up` runs: reads the stack's configuration, makes what its role is made of. */
import * as pulumi from '@pulumi/pulumi';
import { PerchError } from '../runtime/contract/perch-error.ts';
import { parseConfig, type StackConfig } from './config/stack-config.ts';
import { preflight } from './preflight.ts';
import { makeCanary } from './stacks/canary.ts';
import { makeLocal } from './stacks/local.ts';
import { makeProd, type Prod } from './stacks/prod.ts';

const roles = { prod: makeProd, canary: makeCanary, local: makeLocal };

const config = await checkedConfig();
const stack: Pick<Prod, 'site' | 'images' | 'generation'> & Partial<Prod> =
  await roles[config.role](config);

const outputs = {
  service: config.service,
  /** Where clients reach the service. */
  url: stack.url,
  /** Of the release document, after the stack's last change to it. */
  generation: stack.generation,
  hosts: Object.fromEntries(stack.site.hosts.map((host) => [host.name, host.publicAddress])),
  /** By digest: what `perch:image` and `perch:runtimeImage` take to release the same again. */
  image: stack.images.app,
  runtimeImage: stack.images.runtime,
  version: stack.images.version,
  /** `x-perch-token` of testers. Secret. */
  overrideToken: stack.overrideToken,
  dashboard: stack.site.dashboardUrl,
  /** How a canary stack, or who deploys, reaches the release. Secret. */
  joint: stack.joint,
};

// Not every stack has each of them, and named exports cannot be left out.
export default Object.fromEntries(
  Object.entries(outputs).filter(([, value]) => value !== undefined),
);

async function checkedConfig(): Promise<StackConfig> {
  // The SDK keeps the list of encrypted keys to itself; the language host passes it this way.
  const secret: unknown = JSON.parse(process.env['PULUMI_CONFIG_SECRET_KEYS'] ?? '[]');
  try {
    const secretKeys = new Set(Array.isArray(secret) ? secret : []);
    const config = parseConfig(pulumi.runtime.allConfig(), secretKeys);
    await preflight(config);
    return config;
  } catch (error) {
    if (error instanceof PerchError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
