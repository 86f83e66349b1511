import { execFile } from 'node:child_process';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = join(import.meta.dirname, '../../node_modules/.cache');

/** Python of the environment of that name, once {@link preparePython} has installed it. */
export function pythonOf(name: string): string {
  return join(cache, name, 'bin/python');
}

/**
 * Installs a Python package into a virtual environment under node_modules/.cache.
 * @param requirement with its version: `moto[server]==5.2.5`.
 * @returns the reason if it cannot.
 */
export async function preparePython(
  name: string,
  requirement: string,
): Promise<string | undefined> {
  const environment = join(cache, name);
  const ready = () =>
    access(pythonOf(name)).then(
      () => true,
      () => false,
    );
  if (await ready()) return undefined;
  const building = `${environment}.${process.pid}`;
  try {
    await mkdir(cache, { recursive: true });
    await run('python3', ['-m', 'venv', building]);
    await run(join(building, 'bin/python'), ['-m', 'pip', 'install', '--quiet', requirement]);
    await rename(building, environment);
    return undefined;
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    if (await ready()) return undefined;
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
    // The same reason in every process.
    return `${requirement} could not be installed by python3: ${reason.replaceAll(building, environment)}`;
  }
}
