/** Languages for which `perch init` has a Dockerfile, and how a repository shows that it uses one. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The most telling first: a package.json may be there for assets, or for Perch alone. */
export const languages = ['go', 'ruby', 'python', 'node'] as const;
export type Language = (typeof languages)[number];

const signs: Readonly<Record<Language, readonly string[]>> = {
  go: ['go.mod'],
  ruby: ['Gemfile'],
  python: ['requirements.txt', 'pyproject.toml'],
  node: ['package.json'],
};

const manifestSchema = z.object({
  main: z.string().optional(),
  scripts: z.record(z.string(), z.string()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
});

export type NodeManifest = z.output<typeof manifestSchema>;

/** Files that show a language, in words. */
export const languageSigns = languages.flatMap((language) => signs[language]).join(', ');

/** Languages of the application in a folder, the most telling first. */
export function languagesIn(folder: string): Language[] {
  const shown = languages.filter((language) =>
    signs[language].some((file) => existsSync(join(folder, file))),
  );
  const { main, scripts, dependencies } = nodeManifest(folder);
  const runsNode =
    main !== undefined || scripts['start'] !== undefined || Object.keys(dependencies).length > 0;
  return shown.filter((language) => language !== 'node' || runsNode || shown.length === 1);
}

/** Fields of package.json about the application; nothing if there is none. */
export function nodeManifest(folder: string): NodeManifest {
  const text = textIn(folder, 'package.json');
  if (text === undefined) return manifestSchema.parse({});
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    // npm says what is wrong with it.
    return manifestSchema.parse({});
  }
}

/** Text of a file; undefined if there is none, or a folder of that name. */
export function textIn(folder: string, file: string): string | undefined {
  const path = join(folder, file);
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isFile ? readFileSync(path, 'utf8') : undefined;
}
