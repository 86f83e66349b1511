import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { bareEnvironment } from '../../../../support/processes/bare-environment.ts';
import { StandInPrograms } from '../../../../support/pulumi/stand-in-programs.ts';

const front = join(import.meta.dirname, '../../../../../bin/perch.mjs');
const stackFile = z.object({ config: z.record(z.string(), z.unknown()) });

export interface Finished {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Repository of an application, with a home of its own, where nobody is logged in to Pulumi. */
export class Application implements Disposable {
  readonly #root: string;
  readonly folder: string;
  readonly programs: StandInPrograms;

  /** @param root folder of its home and of the programs that it finds first. Default: a new one. */
  constructor(
    files: Readonly<Record<string, string>> = {},
    name = 'shop',
    root = mkdtempSync(join(tmpdir(), 'perch-init-')),
  ) {
    this.#root = root;
    this.folder = join(this.#root, name);
    mkdirSync(this.folder);
    this.programs = new StandInPrograms(join(this.#root, 'bin'));
    this.programs.add(
      'pulumi',
      'case $1 in version) ;; *) echo "error: no login" >&2; exit 1 ;; esac',
    );
    this.programs.add('docker');
    for (const [path, content] of Object.entries(files)) this.write(path, content);
  }

  /** Another repository with the same files. */
  sibling(name: string): Application {
    const files = this.files().map((path) => [path, this.read(path)] as const);
    return new Application(Object.fromEntries(files), name, this.#root);
  }

  get home(): string {
    return this.#root;
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  has(path: string): boolean {
    return existsSync(join(this.folder, path));
  }

  /** Every file but those of git, by its path. */
  files(): string[] {
    return readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(this.folder.length + 1))
      .filter((path) => !path.startsWith('.git/'))
      .toSorted();
  }

  /** Configuration of a stack as Pulumi passes it: lists and maps as JSON. */
  config(stack: string): Record<string, string> {
    const { config } = stackFile.parse(parse(this.read(`Pulumi.${stack}.yaml`)));
    return Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    );
  }

  git(...words: readonly string[]): void {
    execFileSync('git', ['-C', this.folder, ...words]);
  }

  /** Returns the program that `npx perch` starts, with its words and surroundings. */
  command(words: readonly string[]) {
    const env = {
      ...bareEnvironment,
      PATH: [this.programs.folder, bareEnvironment.PATH].join(delimiter),
      HOME: this.#root,
    };
    return {
      program: process.execPath,
      words: [front, ...words],
      options: { cwd: this.folder, env },
    };
  }

  /** Runs `npx perch` without a terminal. */
  async perch(...words: readonly string[]): Promise<Finished> {
    const { program, words: all, options } = this.command(words);
    const child = spawn(program, all, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code]: unknown[] = await once(child, 'close');
    return { code, stdout, stderr };
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
