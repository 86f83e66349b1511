import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/stack-config.ts';
import { Image, shortDigest, type ImageSettings, type Registry } from './image.ts';

export interface Images {
  /** The application's image. */
  readonly app: pulumi.Output<string>;
  /** Perch's own: proxy, monitor, the perch command. */
  readonly runtime: pulumi.Output<string>;
  /** What the release is called. */
  readonly version: pulumi.Output<string>;
  /** What was built for it. A release whose images cannot be had shall not touch anything. */
  readonly built: readonly pulumi.Resource[];
}

/** Builds what is not built already. Without an application of one's own, the demo app is released. */
export function buildImages(config: StackConfig, registry: Registry | undefined): Images {
  const built: Image[] = [];
  const build: Build = (name, settings) => {
    const image = new Image(name, { ...settings, registry });
    built.push(image);
    return image.reference;
  };
  const runtime = runtimeImage(config, build);
  const app = appImage(config, build, runtime);
  const version =
    config.version === undefined ? app.apply(shortDigest) : pulumi.output(config.version);
  return { app, runtime, version, built };
}

type Build = (name: string, settings: Omit<ImageSettings, 'registry'>) => pulumi.Output<string>;

function runtimeImage({ runtimeImage, baseImage }: StackConfig, build: Build) {
  if (runtimeImage !== undefined) return pulumi.output(runtimeImage);
  return build('runtime', {
    repository: 'perch',
    context: '.',
    dockerfile: 'runtime/Dockerfile',
    buildArguments: { BASE_IMAGE: baseImage },
  });
}

function appImage(
  { image, buildContext, service }: StackConfig,
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
