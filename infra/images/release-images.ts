import * as pulumi from '@pulumi/pulumi';
import { whenMade } from '../shell/when-made.ts';
import { Image, shortDigest, type ImageArgs } from './image.ts';
import type { Registry } from './registry.ts';

export interface ReleaseImagesArgs {
  readonly service: string;
  /** The application's image, already built. Default: built from `buildContext`. */
  readonly image: string | undefined;
  /** Folder of the application's Dockerfile. Default: the demo app is released. */
  readonly buildContext: string | undefined;
  /** Perch's own image, already built. Default: built from runtime/Dockerfile. */
  readonly runtimeImage: string | undefined;
  /** Base of Perch's own image. */
  readonly baseImage: string;
  /** Default: the start of the application image's digest. */
  readonly version: string | undefined;
  /** Undefined: built images are not pushed. */
  readonly registry: Registry | undefined;
}

export interface ReleaseImages {
  /** The application's image. */
  readonly app: pulumi.Output<string>;
  /** Perch's own image: proxy, monitor and the perch command. */
  readonly runtime: pulumi.Output<string>;
  /** The release's version. */
  readonly version: pulumi.Output<string>;
  /** Images built for the release. A release whose images cannot be built must not change anything. */
  readonly built: readonly pulumi.Resource[];
}

/** Builds the images that are not built yet. */
export function buildImages(args: ReleaseImagesArgs): ReleaseImages {
  const built: Image[] = [];
  const build: Build = (name, imageArgs) => {
    const image = new Image(name, { ...imageArgs, registry: args.registry });
    built.push(image);
    return image.reference;
  };
  const runtime = runtimeImage(args, build);
  const app = appImage(args, build, runtime);
  const version =
    args.version === undefined ? whenMade(app, shortDigest) : pulumi.output(args.version);
  return { app, runtime, version, built };
}

type Build = (name: string, args: Omit<ImageArgs, 'registry'>) => pulumi.Output<string>;

function runtimeImage({ runtimeImage, baseImage }: ReleaseImagesArgs, build: Build) {
  if (runtimeImage !== undefined) return pulumi.output(runtimeImage);
  return build('runtime', {
    repository: 'perch',
    context: '.',
    dockerfile: 'runtime/Dockerfile',
    buildArguments: { BASE_IMAGE: baseImage },
  });
}

function appImage(
  { image, buildContext, service }: ReleaseImagesArgs,
  build: Build,
  demo: pulumi.Output<string>,
) {
  if (image !== undefined) return pulumi.output(image);
  if (buildContext === undefined) return demo;
  return build('app', {
    repository: service,
    context: buildContext,
    dockerfile: `${buildContext}/Dockerfile`,
  });
}
