import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { PerchError } from '../contract/perch-error.ts';
import { webhookUrl } from '../monitor/address-schemas.ts';
import { parseMonitorConfig, type MonitorConfig } from '../monitor/config.ts';

/** What only the environment says, for it is secret. */
export const webhookSchemas = {
  [env.webhookUrl]: webhookUrl.optional(),
  [env.webhookSecret]: z.string().min(16, 'must be at least 16 characters').optional(),
};

/**
 * The monitor's configuration, from a file or else the environment; with neither, its defaults.
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
