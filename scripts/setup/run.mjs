// Runs programs. Plain JavaScript for any Node from 18.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** Runs a program in `cwd` to its end; true if it succeeded. */
export function runs(command, options, { cwd, env = process.env, stdio = 'inherit' }) {
  return spawnSync(command, options, { cwd, env, stdio }).status === 0;
}

/** PATH as npm passes it to the scripts of `root`, also if setup is run by hand. */
export function npmPath(root) {
  return withPath(join(root, 'node_modules/.bin'));
}

/** This environment with `folder` first on PATH. */
export function withPath(folder) {
  return { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH ?? ''}` };
}
