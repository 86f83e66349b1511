import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const root = join(import.meta.dirname, '../../..');
const manifest = z.object({
  name: z.string(),
  version: z.string(),
  dependencies: z.record(z.string(), z.string()),
});

/** Manifest of this repository, which is the package's. */
export const { name, version, dependencies } = manifest.parse(
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')),
);

const packed = z.tuple([
  z.object({
    filename: z.string(),
    size: z.number(),
    files: z.array(z.object({ path: z.string() })),
  }),
]);

/** The package's tarball, in a folder of its own. */
export class Packed implements AsyncDisposable {
  readonly #folder: string;
  readonly #file: string;
  /** Bytes. */
  readonly size: number;
  /** Paths in the package. */
  readonly files: readonly string[];

  private constructor(folder: string, [made]: z.output<typeof packed>) {
    this.#folder = folder;
    this.#file = join(folder, made.filename);
    this.size = made.size;
    this.files = made.files.map(({ path }) => path);
  }

  /** Does what `npm pack` does, without its setup: that would empty the node_modules that tests run in. */
  static async make(): Promise<Packed> {
    const folder = await mkdtemp(join(tmpdir(), 'perch-packed-'));
    const build = join(root, 'scripts/build-package.ts');
    execFileSync(process.execPath, [build], { cwd: root, stdio: 'inherit' });
    const words = ['pack', '--ignore-scripts', '--json', '--silent', '--pack-destination', folder];
    const printed = execFileSync('npm', words, { cwd: root, encoding: 'utf8' });
    return new Packed(folder, packed.parse(JSON.parse(printed.slice(printed.indexOf('[')))));
  }

  /** Path of the tarball. */
  get file(): string {
    return this.#file;
  }

  /** Installs the tarball in a project, by npm and its registry. */
  install(project: string): void {
    const words = ['install', '--save-dev', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', [...words, '--ignore-scripts', this.#file], { cwd: project });
  }

  /**
   * Puts the package into a project's node_modules, with links to the packages that it depends on, and to
   * no other: what it imports without saying so is not found.
   */
  async place(project: string): Promise<void> {
    const folder = join(project, 'node_modules', name);
    await mkdir(folder, { recursive: true });
    execFileSync('tar', ['-xzf', this.#file, '-C', folder, '--strip-components=1']);
    for (const dependency of Object.keys(dependencies)) {
      const link = join(project, 'node_modules', dependency);
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(root, 'node_modules', dependency), link);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Makes the repository of an application with a Pulumi project, without any package. */
export async function makeRepository(project: string, program: string): Promise<void> {
  await mkdir(join(project, 'infra'), { recursive: true });
  const options = 'runtime: { name: nodejs, options: { typescript: false } }';
  await writeFile(join(project, 'Pulumi.yaml'), `name: shop\n${options}\nmain: infra/index.ts\n`);
  await writeFile(join(project, 'package.json'), '{ "name": "shop", "private": true }\n');
  await writeFile(join(project, 'infra/package.json'), '{ "type": "module" }\n');
  await writeFile(join(project, 'infra/index.ts'), program);
  await cp(join(root, 'runtime/Dockerfile'), join(project, 'Dockerfile'));
}
