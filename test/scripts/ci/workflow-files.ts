import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../../..');

export interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly needs?: string;
  readonly if?: string;
  readonly environment?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': boolean };
  readonly 'timeout-minutes': number;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly concurrency?: Job['concurrency'];
  readonly jobs: Readonly<Record<string, Job>>;
}

/** A workflow of GitHub Actions in this repository. */
export function workflow(name: string): Workflow {
  return yaml(`.github/workflows/${name}.yml`) as Workflow;
}

/** A YAML file of this repository. */
export function yaml(path: string): unknown {
  return parse(readFileSync(join(root, path), 'utf8'));
}

/** Arguments of each `infra/deploy.ts` and `scripts/ci.ts` that a shell script runs. */
export function programCalls(script: string): { program: string; args: string[] }[] {
  return [...script.matchAll(/(infra\/deploy\.ts|scripts\/ci\.ts) ([^;|\n]*)/g)].map(
    ([, program = '', words = '']) => ({
      program,
      args: words
        .trim()
        .split(/\s+/)
        .map((word) => word.replaceAll('"', '')),
    }),
  );
}
