import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { evenModes } from '../../../infra/images/even-modes.ts';

test.each([0o002, 0o022, 0o077])(
  'files of an image have the same modes in a clone under the umask %o',
  (umask) => {
    const folder = mkdtempSync(join(tmpdir(), 'perch-modes-'));
    const make = (path: string, mode: number) => {
      writeFileSync(join(folder, path), '');
      chmodSync(join(folder, path), mode & ~umask);
    };
    for (const path of ['runtime', 'runtime/node_modules', 'infra']) {
      mkdirSync(join(folder, path));
      chmodSync(join(folder, path), 0o777 & ~umask);
    }
    make('package.json', 0o666);
    make('runtime/perch.ts', 0o666);
    make('runtime/start', 0o777);
    make('runtime/node_modules/package', 0o666);
    make('infra/index.ts', 0o666);
    evenModes(folder, ['package.json', 'runtime', 'missing']);
    const modeOf = (path: string) => statSync(join(folder, path)).mode & 0o777;
    expect(modeOf('package.json')).toBe(0o644);
    expect(modeOf('runtime')).toBe(0o755);
    expect(modeOf('runtime/perch.ts')).toBe(0o644);
    expect(modeOf('runtime/start')).toBe(0o755);
    expect(modeOf('runtime/node_modules/package')).toBe(0o666 & ~umask);
    expect(modeOf('infra/index.ts')).toBe(0o666 & ~umask);
    rmSync(folder, { recursive: true });
  },
);
