import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config.ts';
import { Image, shortDigest, type Registry } from '../services/image.ts';

export interface Images {
  /** The application's image. */
  readonly app: pulumi.Output<string>;
  /** Perch's own: proxy, monitor, the perch command. */
  readonly runtime: pulumi.Output<string>;
  /** What the release is called. */
  readonly version: pulumi.Output<string>;
}

/** Builds what is not built already. Without an application of one's own, the demo app is released. */
export function buildImages(config: StackConfig, registry: Registry | undefined): Images {
  const runtime = runtimeImage(config, registry);
  const app = appImage(config, registry, runtime);
  const version =
    config.version === undefined ? app.apply(shortDigest) : pulumi.output(config.version);
  return { app, runtime, version };
}

function runtimeImage(
  { runtimeImage, baseImage }: StackConfig,
  registry: Registry | undefined,
): pulumi.Output<string> {
  if (runtimeImage !== undefined) return pulumi.output(runtimeImage);
  return new Image('runtime', {
    repository: 'perch',
    context: '.',
    dockerfile: 'runtime/Dockerfile',
    buildArguments: { BASE_IMAGE: baseImage },
    registry,
  }).reference;
}

function appImage(
  { image, buildContext, service }: StackConfig,
  registry: Registry | undefined,
  demo: pulumi.Output<string>,
): pulumi.Output<string> {
  if (image !== undefined) return pulumi.output(image);
  if (buildContext === undefined) return demo;
  return new Image('app', {
    repository: service,
    context: buildContext,
    dockerfile: `${buildContext}/Dockerfile`,
    registry,
  }).reference;
}
