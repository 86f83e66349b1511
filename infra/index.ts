/** What `pulumi up` runs: reads the stack's configuration, makes what its role is made of. */
import * as pulumi from '@pulumi/pulumi';
import { PerchError } from '../runtime/contract/perch-error.ts';
import { parseConfig, type StackConfig } from './config.ts';
import { makeLocal } from './roles/local.ts';
import { makeProd } from './roles/prod.ts';

const stack = makeStack(readConfig());

export const { url, overrideToken } = stack;
export const { version, app: image, runtime: runtimeImage } = stack.images;
export const hosts = Object.fromEntries(
  stack.site.hosts.map((host) => [host.name, host.publicAddress]),
);

function makeStack(config: StackConfig) {
  switch (config.role) {
    case 'local':
      return makeLocal(config);
    case 'prod':
      return makeProd(config);
    case 'canary':
      throw new pulumi.RunError('role canary is not there yet');
  }
}

function readConfig(): StackConfig {
  // The SDK keeps the list of encrypted keys to itself; the language host passes it this way.
  const secret: unknown = JSON.parse(process.env['PULUMI_CONFIG_SECRET_KEYS'] ?? '[]');
  try {
    return parseConfig(pulumi.runtime.allConfig(), new Set(Array.isArray(secret) ? secret : []));
  } catch (error) {
    if (error instanceof PerchError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
