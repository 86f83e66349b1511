import type { ConfigMap, Stack } from '@pulumi/pulumi/automation/index.js';
import { z } from 'zod';
import type { Outputs } from '../config/prod-connection.ts';

const settingsSchema = z.record(z.string(), z.string()).catch({});

/**
 * Configuration of a stack, with what its program set in the last update where the configuration sets
 * nothing: a program may have settings of its own.
 * @param outputs those of the stack. Default: Pulumi is asked.
 */
export async function stackConfiguration(
  stack: Stack,
  outputs: Promise<Outputs> = stack.outputs(),
): Promise<ConfigMap> {
  const [config, known] = await Promise.all([stack.getAllConfig(), outputs]);
  return { ...programSettings(known), ...config };
}

/** Settings of the program in a stack's outputs, as configuration. */
export function programSettings(outputs: Outputs): ConfigMap {
  const settings = settingsSchema.parse(outputs['settings']?.value ?? {});
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`perch:${key}`, { value, secret: false }]),
  );
}
