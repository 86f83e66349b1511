import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Program that opens a URL in the person's browser, and the words before the URL. */
function opener(
  platform: NodeJS.Platform,
  environment: NodeJS.ProcessEnv,
): readonly [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['cmd', '/c', 'start', ''];
  const display = environment['WAYLAND_DISPLAY'] ?? environment['DISPLAY'] ?? '';
  return display === '' ? undefined : ['xdg-open'];
}

/**
 * Opens a URL in the person's browser.
 * @returns false if this machine has no display or no program that opens URLs.
 */
export async function openBrowser(url: string): Promise<boolean> {
  const found = opener(process.platform, process.env);
  if (found === undefined) return false;
  const [program, ...words] = found;
  const child = spawn(program, [...words, url], { stdio: 'ignore', detached: true });
  try {
    await once(child, 'spawn');
  } catch {
    return false;
  }
  child.unref();
  return true;
}
