import { homedir } from 'node:os';
import { join } from 'node:path';

/** Path in which `~`, alone or before a `/`, stands for the home, as a shell reads it. */
export function homePath(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
