import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Largest pieces first, so that a disk is full to its last block soon. */
const pieces = ['256M', '16M', '1M', '64K', '4K'];

/** File system of its own, with a fixed size, for what a machine's Docker engine keeps. */
export class MachineDisk implements Disposable {
  /** Folder where it is mounted. */
  readonly folder: string;

  /** @param folder of the machine, in which the file system and its image are made. */
  constructor(folder: string, sizeMiB: number) {
    this.folder = join(folder, 'disk');
    const image = join(folder, 'disk.img');
    mkdirSync(this.folder);
    execFileSync('truncate', ['--size', `${sizeMiB}M`, image]);
    execFileSync('mkfs.ext4', ['-q', image]);
    execFileSync('mount', ['-o', 'loop', image, this.folder]);
  }

  /** Used part, percent as df(1) counts. */
  get usedPercent(): number {
    const [, line = ''] = this.#df('pcent');
    return Number(line.replace('%', '').trim());
  }

  /** Fills it up to a percentage, as df(1) counts. */
  fillTo(percent: number): void {
    const [used = 0, available = 0] = ['used', 'avail'].map((column) =>
      Number(this.#df(column)[1]),
    );
    const kibibytes = Math.ceil(((used + available) * percent) / 100 - used);
    execFileSync('fallocate', ['--length', `${kibibytes}K`, join(this.folder, 'full-part')]);
  }

  /** Fills it to its last block, those reserved for root too. */
  fill(): void {
    const lines = pieces.map(
      (size) =>
        `while fallocate --length ${size} "$1/full-${size}-$n" 2>/dev/null; do n=$((n+1)); done`,
    );
    execFileSync('sh', ['-c', ['n=0', ...lines].join('\n'), 'sh', this.folder]);
  }

  /** Frees what {@link fill} took. */
  free(): void {
    execFileSync('sh', ['-c', 'rm -f "$1"/full-*', 'sh', this.folder]);
  }

  #df(column: string): string[] {
    const args = [`--output=${column}`, this.folder];
    return execFileSync('df', args, { encoding: 'utf8' }).trim().split('\n');
  }

  [Symbol.dispose](): void {
    execFileSync('umount', [this.folder]);
  }
}
