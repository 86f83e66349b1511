import { local } from '@pulumi/command';
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { usualArchitecture, type Architecture } from '../../runtime/contract/architecture.ts';
import { programForPlugins } from '../shell/project-files.ts';
import { shellWord } from '../shell/shell-word.ts';
import { whenMade } from '../shell/when-made.ts';
import { sendingRegistry } from '../transfer/sent-image.ts';
import { indexInput, indexScript } from './index-script.ts';
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
  /** Architectures that it is built for, at least one. Default: amd64. */
  readonly architectures?: readonly Architecture[];
}

/** An image that this machine builds for each architecture, and pushes if there is a registry. */
export class Image extends pulumi.ComponentResource {
  /**
   * Image for containers: `name@sha256:...`, or the image's id if it stays where it was built. One
   * name for all architectures: an engine takes the image of its own.
   */
  readonly reference: pulumi.Output<string>;

  constructor(name: string, args: ImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:service:Image', name, {}, opts);
    const { registry, architectures = [usualArchitecture], isSent = false } = args;
    const builds = architectures.map((architecture) => build(name, architecture, args, this));
    const [first] = builds;
    if (first === undefined) throw new pulumi.RunError(`image ${name} has no architecture`);
    if (isSent) this.reference = sentName(name, builds, args, this);
    else if (registry === undefined || builds.length === 1) this.reference = first.repoDigest;
    else this.reference = indexName(name, builds, { ...args, registry }, this);
    this.registerOutputs({ reference: this.reference });
  }
}

function build(
  name: string,
  architecture: Architecture,
  args: ImageArgs,
  parent: pulumi.Resource,
): docker.Image {
  const { registry } = args;
  return new docker.Image(
    architecture === usualArchitecture ? name : `${name}-${architecture}`,
    {
      imageName: imageName(args, architecture),
      build: {
        builderVersion: docker.BuilderVersion.BuilderBuildKit,
        context: args.context,
        dockerfile: args.dockerfile,
        args: { ...args.buildArguments },
        platform: `linux/${architecture}`,
      },
      skipPush: registry === undefined,
      ...(registry === undefined ? {} : { registry: credentials(registry) }),
    },
    { parent, dependsOn: [...args.after] },
  );
}

function imageName(
  { registry, repository, isSent = false }: ImageArgs,
  architecture: Architecture,
): pulumi.Input<string> {
  const tag = architecture === usualArchitecture ? 'perch' : `perch-${architecture}`;
  if (registry !== undefined) return pulumi.interpolate`${registry.address}/${repository}:${tag}`;
  return isSent ? `${sendingRegistry}/${repository}:${tag}` : `${repository}:${tag}`;
}

/** Name by which the hosts know an image that they get by ssh. The state keeps it for machines that lack the image. */
function sentName(
  name: string,
  builds: readonly docker.Image[],
  { repository }: ImageArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const program = shellWord(programForPlugins('image-reference'));
  const ids = pulumi.all(builds.map(({ repoDigest }) => repoDigest));
  const create = whenMade(ids, (all) =>
    ['node', program, shellWord(repository), ...all.map(shellWord)].join(' '),
  );
  return new local.Command(
    `${name}-reference`,
    {
      create,
      triggers: builds.map(({ repoDigest }) => repoDigest),
      addPreviousOutputInEnv: false,
    },
    { parent, dependsOn: [...builds] },
  ).stdout;
}

/** Name of an index in the registry that has the image of each architecture. */
function indexName(
  name: string,
  builds: readonly docker.Image[],
  { registry, repository }: ImageArgs & { readonly registry: Registry },
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const images = pulumi.all(builds.map(({ repoDigest }) => repoDigest));
  const index = pulumi.interpolate`${registry.address}/${repository}:perch-index`;
  const { username, password } = registry;
  const login = pulumi.all([serverOf(registry.address), username ?? '', password ?? '']);
  return new local.Command(
    `${name}-reference`,
    {
      create: whenMade(pulumi.all([index, images]), ([tag, all]) => indexScript(tag, all)),
      stdin: pulumi.secret(
        whenMade(login, ([server, user, secret]) => indexInput(server, user, secret)),
      ),
      triggers: builds.map(({ repoDigest }) => repoDigest),
      addPreviousOutputInEnv: false,
    },
    // The login of a cloud's registry is another one in every run.
    { parent, dependsOn: [...builds], ignoreChanges: ['stdin'] },
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
