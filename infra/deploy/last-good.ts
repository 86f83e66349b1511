import type { OutputMap, Stack } from '@pulumi/pulumi/automation/index.js';

/** The images of the release that serves: by digest, or by id on target docker. */
export interface LastGood {
  readonly image: string;
  readonly runtimeImage: string;
}

/** What the stack's outputs name; undefined: it never released anything. */
export function lastGoodOf(outputs: OutputMap): LastGood | undefined {
  const image: unknown = outputs['image']?.value;
  const runtimeImage: unknown = outputs['runtimeImage']?.value;
  if (typeof image !== 'string' || typeof runtimeImage !== 'string') return undefined;
  return { image, runtimeImage };
}

const keys = ['perch:image', 'perch:runtimeImage', 'perch:buildContext'] as const;

/** Runs `deploy` with the last good images configured; the stack's file is then as it was. */
export async function withLastGood(
  stack: Stack,
  { image, runtimeImage }: LastGood,
  deploy: () => Promise<unknown>,
): Promise<void> {
  const before = await stack.getAllConfig();
  try {
    await stack.setConfig('perch:image', { value: image });
    await stack.setConfig('perch:runtimeImage', { value: runtimeImage });
    await stack.removeConfig('perch:buildContext');
    await deploy();
  } finally {
    for (const key of keys) {
      const value = before[key];
      if (value === undefined) await stack.removeConfig(key);
      else await stack.setConfig(key, value);
    }
  }
}
