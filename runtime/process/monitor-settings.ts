import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { PerchError } from '../contract/perch-error.ts';
import { webhookUrl } from '../monitor/address-schemas.ts';
import { parseMonitorConfig, type MonitorConfig } from '../monitor/config.ts';

/** Schemas of the webhook's URL and key, which only the environment holds because they are secret. */
export const webhookSchemas = {
  [env.webhookUrl]: webhookUrl.optional(),
  [env.webhookSecret]: z.string().min(16, 'must be at least 16 characters').optional(),
};

/**
 * Reads the monitor's configuration from a file. Default: the environment, else the defaults.
 * @throws PerchError `bad_input` with every problem.
 */
export async function readMonitorConfig(file: string | undefined): Promise<MonitorConfig> {
  if (file === undefined) {
    return parseMonitorConfig(process.env[env.monitorConfig] ?? '{}', env.monitorConfig);
  }
  const json = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PerchError('bad_input', `--config must be a readable file, got ${file}`, { cause });
  });
  return parseMonitorConfig(json, `--config ${file}`);
}
