import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { engineEnvironment } from './engine-environment.ts';
import { installPlugin } from './plugins.ts';
import { RunningCommand, type CommandResult } from './running-command.ts';

/** A person with the repository of an application, who knows of Perch only what its commands say. */
export class NewUser implements AsyncDisposable {
  readonly #root: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #seconds = new Map<string, number>();
  /** The repository. */
  readonly folder: string;

  private constructor(root: string) {
    this.#root = root;
    this.folder = join(root, 'shop');
    const environment = engineEnvironment(root, undefined);
    this.#environment = {
      ...environment,
      HOME: root,
      // Of this project's own programs, only its Node: the rest comes with the package.
      PATH: [join(root, 'bin'), ...pathWithout('node_modules')].join(delimiter),
    };
  }

  /** Begins with the files of a repository. */
  static async with(files: Readonly<Record<string, string>>): Promise<NewUser> {
    const user = new NewUser(await mkdtemp(join(tmpdir(), 'perch-new-user-')));
    for (const folder of [user.folder, join(user.#root, 'bin'), join(user.#root, 'state')]) {
      await mkdir(folder);
    }
    await symlink(process.execPath, join(user.#root, 'bin/node'));
    for (const name of ['docker', 'command', 'random']) await installPlugin(user.#root, name, true);
    for (const [path, content] of Object.entries(files)) await user.write(path, content);
    await user.run('git init', 'git init --quiet --initial-branch main');
    return user;
  }

  async write(path: string, content: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), content);
  }

  async read(path: string): Promise<string> {
    return await readFile(join(this.folder, path), 'utf8');
  }

  /** Path of a file in the user's home. */
  home(path: string): string {
    return join(this.#root, path);
  }

  /**
   * Runs a line of a shell in the repository, and remembers how long it took.
   * @throws Error with all that it printed, if it fails.
   */
  async run(step: string, line: string): Promise<string> {
    const { ok, output } = await this.attempt(step, line);
    if (!ok) throw new Error(`${line} failed:\n${output}`);
    return output;
  }

  /** Runs a line as {@link run} does. It may fail. */
  async attempt(step: string, line: string): Promise<CommandResult> {
    const startedAt = performance.now();
    const options = { cwd: this.folder, env: this.#environment };
    const result = await new RunningCommand('sh', ['-euc', line], options).finished;
    this.#seconds.set(step, Math.round((performance.now() - startedAt) / 100) / 10);
    return result;
  }

  /** Steps with their seconds, a line each. */
  get summary(): string {
    return [...this.#seconds].map(([step, seconds]) => `${step}: ${seconds} s`).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }
}

function pathWithout(part: string): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes(part));
}
