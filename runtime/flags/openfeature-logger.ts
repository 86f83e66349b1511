import type { Logger as OpenFeatureLogger } from '@openfeature/server-sdk';
import type { Logger } from 'pino';

/** Adapts a pino logger to OpenFeature's interface. */
export function openFeatureLogger(logger: Logger): OpenFeatureLogger {
  const at =
    (level: 'error' | 'warn' | 'info' | 'debug') =>
    (...parts: unknown[]) =>
      logger[level](parts.map(String).join(' '));
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
