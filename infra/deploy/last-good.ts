import type { OutputMap, Stack } from '@pulumi/pulumi/automation/index.js';

/** What serves, as the stack's outputs name it: images by digest, or by id on target docker. */
export interface LastGood {
  readonly image: string;
  readonly runtimeImage: string;
  readonly version: string;
}

/** Undefined: the stack never released anything. */
export function lastGoodOf(outputs: OutputMap): LastGood | undefined {
  const image: unknown = outputs['image']?.value;
  const runtimeImage: unknown = outputs['runtimeImage']?.value;
  const version: unknown = outputs['version']?.value;
  if (typeof image !== 'string' || typeof runtimeImage !== 'string') return undefined;
  return { image, runtimeImage, version: typeof version === 'string' ? version : '' };
}

/** Runs `deploy` with what served last configured; the stack's file is then as it was. */
export async function withLastGood(
  stack: Stack,
  lastGood: LastGood,
  deploy: () => Promise<unknown>,
): Promise<void> {
  const before = await stack.getAllConfig();
  const wanted = { ...lastGood, buildContext: '' };
  try {
    for (const [key, value] of Object.entries(wanted)) {
      await stack.setConfig(`perch:${key}`, { value });
    }
    await deploy();
  } finally {
    for (const key of Object.keys(wanted)) {
      const value = before[`perch:${key}`];
      if (value === undefined) await stack.removeConfig(`perch:${key}`);
      else await stack.setConfig(`perch:${key}`, value);
    }
  }
}
