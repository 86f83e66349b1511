import type { Logger } from 'pino';

const ignore = () => undefined;
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Stands in for the logger of commands, which is silent. */
export function pino(): Logger {
  return silent as unknown as Logger;
}
