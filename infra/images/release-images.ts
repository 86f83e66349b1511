import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { usualArchitecture, type Architecture } from '../../runtime/contract/architecture.ts';
import type { PartOptions } from '../shell/part-options.ts';
import {
  pathForPlugins,
  perchFolder,
  perchPathForPlugins,
  projectFolder,
} from '../shell/project-files.ts';
import { whenMade } from '../shell/when-made.ts';
import { evenModes } from './even-modes.ts';
import { Image, shortDigest, type ImageArgs } from './image.ts';
import { baseImagesIn, type PullLogin } from './pull-script.ts';
import { pullImage, type PullArgs } from './pull.ts';
import type { Registry } from './registry.ts';

/** Files of Perch's own image: those that .dockerignore lets in. */
const runtimeFiles = ['package.json', 'package-lock.json', '.npmrc', 'runtime'];

export interface ReleaseImagesArgs {
  readonly service: string;
  /** The application's image, already built. Default: built from `buildContext`. */
  readonly image: string | undefined;
  /** Image of the canary in a stack with both tracks, already built. Undefined: it has none of its own. */
  readonly canaryImage: string | undefined;
  /** True if the canary's image is built from `buildContext`. */
  readonly buildsCanary: boolean;
  /** Folder of the application's Dockerfile, unless `image` is given. Default: the demo app is released. */
  readonly buildContext: string | undefined;
  /** Perch's own image, already built. Default: built from runtime/Dockerfile. */
  readonly runtimeImage: string | undefined;
  /** Base of Perch's own image. */
  readonly baseImage: string;
  /** Default: the start of the application image's digest. */
  readonly version: string | undefined;
  /** Undefined: built images are not pushed. */
  readonly registry: Registry | undefined;
  /** True if built images reach the hosts by ssh. */
  readonly sendsImages: boolean;
  /** Architectures of the hosts that run the images, at least one. */
  readonly architectures: readonly Architecture[];
  /** Logins of the registries that the builds pull from. Secret. */
  readonly logins: pulumi.Output<readonly PullLogin[]>;
}

export interface ReleaseImages {
  /** The application's image. */
  readonly app: pulumi.Output<string>;
  /** The canary's image, if it has one of its own in a stack with both tracks. */
  readonly canary: pulumi.Output<string> | undefined;
  /** Perch's own image: proxy, monitor and the perch command. */
  readonly runtime: pulumi.Output<string>;
  /** The release's version. */
  readonly version: pulumi.Output<string>;
  /** Images built for the release. A release whose images cannot be built must not change anything. */
  readonly built: readonly pulumi.Resource[];
}

/** Builds the images that are not built yet. */
export function buildImages(args: ReleaseImagesArgs, opts: PartOptions = {}): ReleaseImages {
  const built: Image[] = [];
  const build: Build = (name, bases, imageArgs) => {
    const { registry, sendsImages: isSent, architectures, logins } = args;
    const platform = pulledPlatform(architectures);
    // BuildKit takes a base image that the engine has, and so depends on no registry.
    const after = bases.map((base, index) => {
      const shell = { kind: 'here' } as const;
      const pull = { ...base, shell, logins, platform, after: [] };
      return pullImage(`${name}-base-${index}-pull`, pull, opts);
    });
    const image = new Image(name, { ...imageArgs, registry, isSent, architectures, after }, opts);
    built.push(image);
    return image.reference;
  };
  const runtime = runtimeImage(args, build);
  const app = appImage(args, build, runtime);
  const canary = canaryImageOf(args, build);
  const version =
    args.version === undefined ? whenMade(app, shortDigest) : pulumi.output(args.version);
  return { app, canary, runtime, version, built };
}

/**
 * Architecture of the base images that are pulled before a build. An engine has an image for one
 * architecture under one name: if the hosts have two, BuildKit pulls the other one itself.
 * @returns undefined for that of the machine that builds, as the hosts usually have it.
 */
function pulledPlatform(architectures: readonly Architecture[]): Architecture | undefined {
  return architectures.includes(usualArchitecture) ? undefined : architectures[0];
}

type BaseImage = Pick<PullArgs, 'key' | 'isOptional'> & { readonly image: string };

type Build = (
  name: string,
  bases: readonly BaseImage[],
  args: Omit<ImageArgs, 'registry' | 'isSent' | 'architectures' | 'after'>,
) => pulumi.Output<string>;

function runtimeImage({ runtimeImage, baseImage }: ReleaseImagesArgs, build: Build) {
  if (runtimeImage !== undefined) return pulumi.output(runtimeImage);
  return build('runtime', [{ image: baseImage, key: 'baseImage' }], runtimeBuild(baseImage));
}

/** Build of Perch's own image. */
export function runtimeBuild(
  baseImage: string,
): Omit<ImageArgs, 'registry' | 'isSent' | 'architectures' | 'after'> {
  evenModes(perchFolder, runtimeFiles);
  return {
    repository: 'perch',
    context: perchPathForPlugins('.'),
    dockerfile: perchPathForPlugins('runtime/Dockerfile'),
    buildArguments: { BASE_IMAGE: baseImage },
  };
}

function appImage(args: ReleaseImagesArgs, build: Build, demo: pulumi.Output<string>) {
  const { image, buildsCanary, buildContext } = args;
  if (image !== undefined) {
    // A promotion and a rollback set the image beside the context of the stack's own builds.
    if (buildContext !== undefined && !buildsCanary) {
      void pulumi.log.info('perch:image is set: buildContext is not built');
    }
    return pulumi.output(image);
  }
  return buildContext === undefined ? demo : builtApp(buildContext, args, build);
}

function canaryImageOf(args: ReleaseImagesArgs, build: Build): pulumi.Output<string> | undefined {
  const { canaryImage, buildsCanary, buildContext } = args;
  if (buildsCanary && buildContext !== undefined) return builtApp(buildContext, args, build);
  return canaryImage === undefined ? undefined : pulumi.output(canaryImage);
}

/**
 * The application's image, built. It has one name for both tracks, so that a build whose files have
 * not changed since the last one is not repeated.
 */
function builtApp(buildContext: string, { service }: ReleaseImagesArgs, build: Build) {
  const dockerfile = `${buildContext}/Dockerfile`;
  return build('app', basesOf(dockerfile), {
    repository: service,
    context: pathForPlugins(buildContext),
    dockerfile: pathForPlugins(dockerfile),
  });
}

/** Base images of a Dockerfile. Without the file there are none, and the build says what is wrong. */
function basesOf(dockerfile: string): BaseImage[] {
  const file = join(projectFolder, dockerfile);
  if (!existsSync(file)) return [];
  const images = baseImagesIn(readFileSync(file, 'utf8'));
  // It may name an image that only this machine has, or will have once another build ends.
  return images.map((image) => ({ image, key: 'buildContext', isOptional: true }));
}
