import type * as pulumi from '@pulumi/pulumi';
import { awsProvider } from './aws/provider.ts';
import { AwsTarget, type AwsTargetArgs } from './aws/target.ts';
import { DigitalOceanTarget } from './digitalocean/target.ts';
import { DockerTarget } from './docker/target.ts';
import { ServerTarget, type ServerTargetArgs } from './server/target.ts';
import type { CloudTargetArgs, Target } from './target.ts';

export type TargetArgs =
  | ({ readonly kind: 'aws' } & AwsTargetArgs)
  | ({ readonly kind: 'digitalocean' } & CloudTargetArgs)
  | ({ readonly kind: 'server' } & ServerTargetArgs)
  | { readonly kind: 'docker'; readonly service: string };

/** Makes the target of a stack. */
export function makeTarget(
  name: string,
  args: TargetArgs,
  opts?: pulumi.ComponentResourceOptions,
): Target {
  switch (args.kind) {
    case 'docker':
      return new DockerTarget(name, args, opts);
    case 'server':
      return new ServerTarget(name, args, opts);
    case 'aws':
      return new AwsTarget(name, args, { ...opts, providers: [awsProvider(args)] });
    case 'digitalocean':
      return new DigitalOceanTarget(name, args, opts);
  }
}
