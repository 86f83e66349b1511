import { InvalidArgumentError } from 'commander';

/** Reads `--timeout`: whole milliseconds, an hour at most. */
export function timeoutMs(text: string): number {
  if (/^\d{1,7}$/.test(text) && Number(text) <= 3_600_000) return Number(text);
  throw new InvalidArgumentError(`must be a whole number from 0 to 3600000, got ${text}`);
}
