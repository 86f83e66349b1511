import type { Outputs } from '../config/prod-connection.ts';
import { mostSwapsAtOnce } from '../config/swaps.ts';
import type { ConfigValues } from './config-values.ts';

/** Value of a hook that is not configured. */
const noHook: readonly string[] = [];

/** The release that serves, as the stack's outputs name it: images by digest, or by id on target docker. */
export interface LastGood {
  readonly image: string;
  readonly runtimeImage: string;
  readonly version: string;
  /** The canary's image, in a stack with both tracks. Undefined: that of the stable members. */
  readonly canaryImage?: string | undefined;
  /** Version of `canaryImage`. */
  readonly canaryVersion?: string | undefined;
  /** True if the stack has no canary although it can: the last one has ended. */
  readonly isEnded?: boolean;
}

/** Reads the last good release from a stack's outputs; undefined if the stack never released anything. */
export function lastGoodOf(outputs: Outputs): LastGood | undefined {
  const text = (output: string) => {
    const value: unknown = outputs[output]?.value;
    return typeof value === 'string' ? value : undefined;
  };
  const image = text('image');
  const runtimeImage = text('runtimeImage');
  if (image === undefined || runtimeImage === undefined) return undefined;
  const canary = { canaryImage: text('canaryImage'), canaryVersion: text('canaryVersion') };
  // Only a canary stack can be without members. It then changes no release.
  const isEnded = outputs['generation'] === undefined;
  return { image, runtimeImage, version: text('version') ?? '', ...canary, isEnded };
}

/**
 * Configuration that deploys a release again. The way back swaps as many members at once as it may:
 * those that are bad serve until it is over. It runs no hooks: a migration that is configured now may
 * be another than that of the earlier release, whose image then would have to run it. A canary that has
 * ended does not come back.
 */
export function valuesOf({
  canaryImage,
  canaryVersion,
  isEnded = false,
  ...release
}: LastGood): ConfigValues {
  return {
    ...release,
    canaryImage: canaryImage ?? '',
    canaryVersion: canaryVersion ?? '',
    ...(isEnded && { canaryCount: '0' }),
    swapAtOnce: String(mostSwapsAtOnce),
    beforeRelease: noHook,
    afterRelease: noHook,
  };
}
