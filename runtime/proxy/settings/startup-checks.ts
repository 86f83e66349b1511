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
 * With the last good document, Redis is not asked: a machine that reboots must serve at once, also
 * while the machine of Redis is down or after a change of the password. Without it, a Redis that does
 * not answer does not prevent the start, because it may return at any moment. One that refuses the
 * password or is too old does.
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
  if (await hasLastGood(stateDir, document.service)) return;
  const redis = connectRedis({ url: document.url, name: 'perch-proxy-startup', logger });
  try {
    await requireServer(redis);
  } catch (error) {
    if (!(error instanceof PerchError) || error.code !== 'redis_unavailable') throw error;
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
