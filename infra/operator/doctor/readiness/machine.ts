import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runProgram } from '../../../shell/program.ts';
import type { Finding } from '../survey.ts';
import { failureOf } from './failure-of.ts';

interface NeededProgram {
  readonly name: string;
  /** Words with which it answers at once. */
  readonly words: readonly string[];
  readonly remedy: string;
}

const needed: readonly NeededProgram[] = [
  {
    name: 'pulumi',
    words: ['version'],
    remedy: 'install it: https://www.pulumi.com/docs/install',
  },
  { name: 'ssh', words: ['-V'], remedy: "install OpenSSH's client" },
  {
    name: 'docker',
    words: ['version', '--format', '{{.Server.Version}}'],
    remedy: 'install Docker, or start it: images are built on this machine',
  },
];

/** Programs that do not answer on this machine. */
export async function missingPrograms(): Promise<Finding[]> {
  const answers = await Promise.all(
    needed.map(async ({ name, words, remedy }) => {
      const evidence = await failureOf(runProgram(name, words, '', { timeoutMs: 20_000 }));
      if (evidence === undefined) return [];
      return [{ subject: name, problem: 'does not answer', evidence, remedy }];
    }),
  );
  return answers.flat();
}

/** Packages that the program imports and that the project's folder does not have. */
export function missingPackages(folder: string): Finding[] {
  const require = createRequire(join(folder, 'infra/index.ts'));
  const searched = require.resolve.paths('perch') ?? [];
  return ['perch', '@pulumi/pulumi']
    .filter((name) => !searched.some((modules) => existsSync(join(modules, name, 'package.json'))))
    .map((name) => ({
      subject: name,
      problem: 'is not installed',
      evidence: `no node_modules/${name} in ${folder} or above it`,
      remedy:
        name === 'perch'
          ? 'npm install --save-dev perch'
          : `npm install --save-dev ${name}, which pnpm does not put there for perch`,
    }));
}
