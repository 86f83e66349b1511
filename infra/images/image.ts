import { join } from 'node:path';
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';

const root = join(import.meta.dirname, '../..');

/** Where built images are pushed to; undefined: they stay in the engine that built them. */
export interface Registry {
  /** `host/path`. */
  readonly address: pulumi.Input<string>;
  readonly username: pulumi.Input<string> | undefined;
  /** Secret. */
  readonly password: pulumi.Input<string> | undefined;
}

/** The registry's host, without the path. */
export function serverOf(address: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.output(address).apply((value) => value.split('/')[0] ?? value);
}

export interface ImageSettings {
  /** Last part of the image's name. */
  readonly repository: string;
  /** Folder to build, from the project's root. */
  readonly context: string;
  /** From the project's root. */
  readonly dockerfile: string;
  readonly buildArguments?: Readonly<Record<string, string>>;
  readonly registry: Registry | undefined;
  readonly provider?: docker.Provider;
}

/** An image that is built once here, and pushed where there is a registry. */
export class Image extends pulumi.ComponentResource {
  /** What containers are made of: `name@sha256:...`, or the image's id where nothing is pushed. */
  readonly reference: pulumi.Output<string>;

  constructor(name: string, settings: ImageSettings, options?: pulumi.ComponentResourceOptions) {
    super('perch:service:Image', name, {}, options);
    const { registry, repository } = settings;
    const image = new docker.Image(
      name,
      {
        imageName:
          registry === undefined
            ? `${repository}:perch`
            : pulumi.interpolate`${registry.address}/${repository}:perch`,
        build: {
          builderVersion: docker.BuilderVersion.BuilderBuildKit,
          context: join(root, settings.context),
          dockerfile: join(root, settings.dockerfile),
          args: { ...settings.buildArguments },
          platform: 'linux/amd64',
        },
        skipPush: registry === undefined,
        ...(registry === undefined ? {} : { registry: credentials(registry) }),
      },
      { parent: this, ...(settings.provider ? { provider: settings.provider } : {}) },
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

/** What a release is called when it has no name of its own: the start of its image's digest. */
export function shortDigest(reference: string): string {
  return reference.slice(reference.indexOf('sha256:') + 'sha256:'.length).slice(0, 12);
}
