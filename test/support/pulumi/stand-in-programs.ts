import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder of shell scripts that stand in for programs. Tests put it first on PATH. */
export class StandInPrograms {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** @param script of the program. Default: succeeds and does nothing. */
  add(name: string, script = ''): void {
    const file = join(this.folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  /** Adds a program that prints `says` on standard error and fails. */
  addFailing(name: string, says: string): void {
    this.add(name, `echo '${says}' >&2\nexit 1`);
  }

  remove(name: string): void {
    rmSync(join(this.folder, name));
  }
}
