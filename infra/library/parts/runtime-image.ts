import * as pulumi from '@pulumi/pulumi';
import { Image, type ImageArgs } from '../../images/image.ts';
import { runtimeBuild } from '../../images/release-images.ts';
import type { Registry } from '../../images/registry.ts';
import { typedDefaults } from './typed-defaults.ts';

/** Registry that an image is pushed to. */
export type RegistryArgs = Pick<Registry, 'address'> & Partial<Omit<Registry, 'address'>>;

export interface RuntimeImageArgs {
  /** Default: the image stays in the engine that built it. */
  readonly registry?: RegistryArgs;
  /** Base of the image, with Node 24. Default: node:24-slim. */
  readonly baseImage?: string;
}

/** Perch's own image: proxy, monitor and the `perch` command. */
export class RuntimeImage extends Image {
  constructor(name: string, args: RuntimeImageArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super(name, imageArgs(args), opts);
  }
}

function imageArgs({ registry, baseImage = typedDefaults.baseImage }: RuntimeImageArgs): ImageArgs {
  const { address, username, password } = registry ?? {};
  return {
    ...runtimeBuild(baseImage),
    registry:
      address === undefined
        ? undefined
        : {
            address,
            username,
            password: password === undefined ? undefined : pulumi.secret(password),
          },
    after: [],
  };
}
