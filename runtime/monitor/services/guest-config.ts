import { z } from 'zod';
import { env } from '../../contract/env.ts';
import { PerchError } from '../../contract/perch-error.ts';
import { redisKeys } from '../../contract/redis-keys.ts';
import { SealingKeys } from '../../store/edge/sealing-keys.ts';
import { readStored } from '../../store/redis/stored-values.ts';
import { webhookUrl } from '../address-schemas.ts';
import { monitorConfigOf, monitorConfigSchema, type MonitorConfig } from '../config.ts';
import type { WebhookSecrets } from '../notify/channels.ts';

/** Configuration of a guest's monitors, without what the host stack knows of its hosts. */
export const guestConfigSchema = monitorConfigSchema.omit({
  procRoot: true,
  disks: true,
  docker: true,
  processes: true,
});

/** Secrets of a guest's webhook, which the environment holds for the host stack's own service. */
export const guestWebhookSchemas = {
  webhookUrl: webhookUrl.optional(),
  webhookSecret: z.string('must be text').min(16, 'must be at least 16 characters').optional(),
};

/** Configuration as it is stored, before it is checked. */
export interface StoredGuestConfig {
  /** Configuration, with the defaults left out. */
  readonly monitor: Readonly<Record<string, unknown>>;
  /** Secret. */
  readonly webhookUrl?: string | undefined;
  /** Secret. */
  readonly webhookSecret?: string | undefined;
}

const storedSchema = z.looseObject({
  monitor: z.record(z.string(), z.unknown()).default({}),
  ...guestWebhookSchemas,
});

export interface GuestConfig {
  readonly config: MonitorConfig;
  readonly webhook: WebhookSecrets;
}

const origin = 'the configuration of perch service set';

/**
 * Returns the text that is stored: sealed if there is a key.
 * @param edgeKeys keys of the edge, 32 bytes in base64 each. Secret.
 * @throws PerchError `bad_input` if it holds secrets and there is no key.
 */
export function sealGuestConfig(
  service: string,
  stored: StoredGuestConfig,
  edgeKeys: readonly string[],
): string {
  const json = JSON.stringify(stored);
  if (edgeKeys.length > 0) {
    return new SealingKeys(edgeKeys).seal(json, redisKeys(service).monitorConfig);
  }
  const { monitor, webhookUrl: url, webhookSecret } = stored;
  if (url === undefined && webhookSecret === undefined && monitor['webhook'] === undefined) {
    return json;
  }
  throw new PerchError('bad_input', `${env.edgeKey} must be set to store a webhook, a secret`);
}

/**
 * Reads a stored text.
 * @param own configuration of the host stack's monitor, which knows the host.
 * @throws PerchError `bad_input` with every problem.
 */
export function openGuestConfig(
  service: string,
  text: string,
  { edgeKeys, own }: { readonly edgeKeys: readonly string[]; readonly own: MonitorConfig },
): GuestConfig {
  const json = isSealed(text) ? opened(service, text, edgeKeys) : text;
  const stored = readStored(storedSchema, json);
  if (stored === undefined) {
    // No message holds any of it: the secrets are in it.
    throw new PerchError('bad_input', `${origin} is no JSON, or its webhook is bad`);
  }
  const { monitor, webhookUrl: url, webhookSecret: secret } = stored;
  const { procRoot, disks, docker, processes } = own;
  const config = monitorConfigOf(guestConfigSchema, monitor, origin);
  return { config: { ...config, procRoot, disks, docker, processes }, webhook: { url, secret } };
}

/** True if a stored text is sealed, so that nobody without a key can tell what it holds. */
export function isSealed(text: string): boolean {
  return !text.startsWith('{');
}

function opened(service: string, sealed: string, edgeKeys: readonly string[]): string {
  const text = new SealingKeys(edgeKeys).open(sealed, redisKeys(service).monitorConfig)?.text;
  if (text !== undefined) return text;
  throw new PerchError('bad_input', `${origin} is sealed by a key that ${env.edgeKey} lacks`);
}
