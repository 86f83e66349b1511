import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import { PerchError } from '../../contract/perch-error.ts';
import { connectRedis, requireServer } from '../../store/redis/connection.ts';
import { ReleaseFile } from '../../store/release/release-file.ts';
import { lastGoodFile } from '../redis/redis-link.ts';
import type { ProxySettings } from './settings.ts';

/**
 * Fails before anything is started if the settings could never work.
 *
 * A Redis that does not answer does not prevent the start, because it may return at any moment. One
 * that refuses the password or is too old does, unless the last good document is available: a
 * machine that reboots after a change of the password must still serve.
 * @throws PerchError `bad_input`, `document_invalid`, `redis_refused` or `unsupported`.
 */
export async function checkStartup(settings: ProxySettings, logger: Logger): Promise<void> {
  const { document, stateDir } = settings;
  if (stateDir !== undefined) await requireWritableFolder(stateDir);
  if (document.kind === 'file') {
    const source = new ReleaseFile({ file: document.file, logger });
    await source.start();
    await source.stop();
    return;
  }
  const redis = connectRedis({ url: document.url, name: 'perch-proxy-startup', logger });
  try {
    await requireServer(redis);
  } catch (error) {
    const { service } = document;
    if (!(error instanceof PerchError)) throw error;
    if (error.code !== 'redis_unavailable' && !(await hasLastGood(stateDir, service))) throw error;
    logger.warn({ reason: error.message }, 'proxy starts without Redis');
  } finally {
    redis.disconnect();
  }
}

async function requireWritableFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new PerchError(
      'bad_input',
      `--state-dir must be a writable folder, got ${folder} (${code})`,
      { cause },
    );
  }
}

async function hasLastGood(stateDir: string | undefined, service: string): Promise<boolean> {
  if (stateDir === undefined) return false;
  return await access(lastGoodFile(stateDir, service)).then(
    () => true,
    () => false,
  );
}
