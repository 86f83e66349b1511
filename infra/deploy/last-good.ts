import type { OutputMap, Stack } from '@pulumi/pulumi/automation/index.js';
import { mostSwapsAtOnce } from '../config/swaps.ts';

/** The release that serves, as the stack's outputs name it: images by digest, or by id on target docker. */
export interface LastGood {
  readonly image: string;
  readonly runtimeImage: string;
  readonly version: string;
}

/** Reads the last good release from a stack's outputs; undefined if the stack never released anything. */
export function lastGoodOf(outputs: OutputMap): LastGood | undefined {
  const image: unknown = outputs['image']?.value;
  const runtimeImage: unknown = outputs['runtimeImage']?.value;
  const version: unknown = outputs['version']?.value;
  if (typeof image !== 'string' || typeof runtimeImage !== 'string') return undefined;
  return { image, runtimeImage, version: typeof version === 'string' ? version : '' };
}

/**
 * Runs `deploy` with the last good release configured, then restores the stack's configuration. The
 * way back swaps as many members at once as it may: those that are bad serve until it is over.
 */
export async function withLastGood(
  stack: Stack,
  lastGood: LastGood,
  deploy: () => Promise<unknown>,
): Promise<void> {
  const before = await stack.getAllConfig();
  const settings = { ...lastGood, swapAtOnce: String(mostSwapsAtOnce) };
  try {
    for (const [key, value] of Object.entries(settings)) {
      await stack.setConfig(`perch:${key}`, { value });
    }
    await deploy();
  } finally {
    for (const key of Object.keys(settings)) {
      const value = before[`perch:${key}`];
      if (value === undefined) await stack.removeConfig(`perch:${key}`);
      else await stack.setConfig(`perch:${key}`, value);
    }
  }
}
