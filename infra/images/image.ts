import { local } from '@pulumi/command';
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { programForPlugins } from '../shell/project-files.ts';
import { shellWord } from '../shell/shell-word.ts';
import { whenMade } from '../shell/when-made.ts';
import { sendingRegistry } from '../transfer/sent-image.ts';
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
  /** Undefined: the image is not pushed. */
  readonly registry: Registry | undefined;
  /** True if the image reaches the hosts by ssh, without a registry. Default: it stays in the engine that built it. */
  readonly isSent?: boolean;
}

/** An image that this machine builds, and pushes if there is a registry. */
export class Image extends pulumi.ComponentResource {
  /** Image for containers: `name@sha256:...`, or the image's id if it was not pushed. */
  readonly reference: pulumi.Output<string>;

  constructor(name: string, args: ImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:service:Image', name, {}, opts);
    const { registry, repository, isSent = false } = args;
    const image = new docker.Image(
      name,
      {
        imageName: imageName(args),
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
    this.reference = isSent ? sentName(name, repository, image, this) : image.repoDigest;
    this.registerOutputs({ reference: this.reference });
  }
}

function imageName({ registry, repository, isSent = false }: ImageArgs): pulumi.Input<string> {
  if (registry !== undefined) return pulumi.interpolate`${registry.address}/${repository}:perch`;
  return isSent ? `${sendingRegistry}/${repository}:perch` : `${repository}:perch`;
}

/** Name by which the hosts know an image that they get by ssh. The state keeps it for machines that lack the image. */
function sentName(
  name: string,
  repository: string,
  image: docker.Image,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const program = shellWord(programForPlugins('image-reference'));
  const create = whenMade(image.repoDigest, (id) =>
    ['node', program, shellWord(id), shellWord(repository)].join(' '),
  );
  return new local.Command(
    `${name}-reference`,
    { create, triggers: [image.repoDigest], addPreviousOutputInEnv: false },
    { parent, dependsOn: [image] },
  ).stdout;
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
