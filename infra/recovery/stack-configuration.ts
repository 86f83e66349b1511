import type { ConfigMap, OutputMap, Stack } from '@pulumi/pulumi/automation/index.js';
import { z } from 'zod';

const settingsSchema = z.record(z.string(), z.string()).catch({});

/**
 * Configuration of a stack, with what its program set in the last update where the configuration sets
 * nothing: a program may have settings of its own.
 */
export async function stackConfiguration(stack: Stack): Promise<ConfigMap> {
  const [config, outputs] = await Promise.all([stack.getAllConfig(), stack.outputs()]);
  return { ...programSettings(outputs), ...config };
}

/** Settings of the program in a stack's outputs, as configuration. */
export function programSettings(
  outputs: Readonly<Record<string, Pick<OutputMap[string], 'value'> | undefined>>,
): ConfigMap {
  const settings = settingsSchema.parse(outputs['settings']?.value ?? {});
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`perch:${key}`, { value, secret: false }]),
  );
}
