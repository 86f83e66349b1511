import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { serverOf, type Registry } from './registry.ts';

export interface ImageArgs {
  /** Last part of the image's name. */
  readonly repository: string;
  /** Path of the folder to build, for plugins. */
  readonly context: string;
  /** Path for plugins. */
  readonly dockerfile: string;
  readonly buildArguments?: Readonly<Record<string, string>>;
  /** Resources created before it. */
  readonly after: readonly pulumi.Resource[];
  /** Undefined: the image stays in the engine that built it. */
  readonly registry: Registry | undefined;
}

/** An image that this machine builds, and pushes if there is a registry. */
export class Image extends pulumi.ComponentResource {
  /** Image for containers: `name@sha256:...`, or the image's id if it was not pushed. */
  readonly reference: pulumi.Output<string>;

  constructor(name: string, args: ImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:service:Image', name, {}, opts);
    const { registry, repository } = args;
    const image = new docker.Image(
      name,
      {
        imageName:
          registry === undefined
            ? `${repository}:perch`
            : pulumi.interpolate`${registry.address}/${repository}:perch`,
        build: {
          builderVersion: docker.BuilderVersion.BuilderBuildKit,
          context: args.context,
          dockerfile: args.dockerfile,
          args: { ...args.buildArguments },
          platform: 'linux/amd64',
        },
        skipPush: registry === undefined,
        ...(registry === undefined ? {} : { registry: credentials(registry) }),
      },
      { parent: this, dependsOn: [...args.after] },
    );
    this.reference = image.repoDigest;
    this.registerOutputs({ reference: this.reference });
  }
}

function credentials({ address, username, password }: Registry): docker.types.input.Registry {
  return {
    server: serverOf(address),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: pulumi.secret(password) }),
  };
}

/** Default version of a release: the first 12 hexadecimal digits of its image's digest. */
export function shortDigest(reference: string): string {
  return reference.slice(reference.indexOf('sha256:') + 'sha256:'.length).slice(0, 12);
}
