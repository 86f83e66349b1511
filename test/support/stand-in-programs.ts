import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder of shell scripts that stand in for programs; it goes to the front of PATH. */
export class StandInPrograms {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** @param script what the program does; default: nothing, with success. */
  add(name: string, script = ''): void {
    const file = join(this.folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  /** The program fails, and says why on standard error. */
  addFailing(name: string, says: string): void {
    this.add(name, `echo '${says}' >&2\nexit 1`);
  }

  remove(name: string): void {
    rmSync(join(this.folder, name));
  }
}
