import type { ConfigMap, OutputMap, Stack } from '@pulumi/pulumi/automation/index.js';
import { mostSwapsAtOnce } from '../config/swaps.ts';

/** The release that serves, as the stack's outputs name it: images by digest, or by id on target docker. */
export interface LastGood {
  readonly image: string;
  readonly runtimeImage: string;
  readonly version: string;
  /** The canary's image, in a stack with both tracks. Undefined: that of the stable members. */
  readonly canaryImage?: string | undefined;
}

/** Reads the last good release from a stack's outputs; undefined if the stack never released anything. */
export function lastGoodOf(outputs: OutputMap): LastGood | undefined {
  const text = (output: string) => {
    const value: unknown = outputs[output]?.value;
    return typeof value === 'string' ? value : undefined;
  };
  const image = text('image');
  const runtimeImage = text('runtimeImage');
  if (image === undefined || runtimeImage === undefined) return undefined;
  return { image, runtimeImage, version: text('version') ?? '', canaryImage: text('canaryImage') };
}

/**
 * Runs `deploy` with the last good release configured, then restores the stack's configuration. The
 * way back swaps as many members at once as it may: those that are bad serve until it is over.
 */
export async function withLastGood(
  stack: Stack,
  { canaryImage, ...release }: LastGood,
  deploy: () => Promise<unknown>,
): Promise<void> {
  const before = await stack.getAllConfig();
  // Pulumi has no value for "not set": a canary's image that is configured now is emptied.
  const isCanary = canaryImage !== undefined || before['perch:canaryImage'] !== undefined;
  const values = {
    ...release,
    swapAtOnce: String(mostSwapsAtOnce),
    ...(isCanary && { canaryImage: canaryImage ?? '' }),
  };
  try {
    await stack.setAllConfig(
      Object.fromEntries(Object.entries(values).map(([key, value]) => [`perch:${key}`, { value }])),
    );
    await deploy();
  } finally {
    await restore(stack, before, Object.keys(values));
  }
}

/** Gives keys of the configuration the values that they had. */
async function restore(stack: Stack, before: ConfigMap, names: readonly string[]): Promise<void> {
  const keys = names.map((name) => `perch:${name}`);
  const had = keys.flatMap((key) => {
    const value = before[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  const lacked = keys.filter((key) => before[key] === undefined);
  if (had.length > 0) await stack.setAllConfig(Object.fromEntries(had));
  if (lacked.length > 0) await stack.removeAllConfig(lacked);
}
