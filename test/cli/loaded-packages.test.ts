import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bareEnvironment } from '../support/processes/bare-environment.ts';

const runtime = join(import.meta.dirname, '../../runtime');

/** Loads a module in a process of its own, and prints the packages that it needs for that. */
const script = `
const names = new Set();
require('node:module').registerHooks({
  load(url, context, next) {
    const name = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url)?.[1];
    if (name !== undefined) names.add(name);
    return next(url, context);
  },
});
import(process.argv[1]).then(() => console.log(JSON.stringify([...names])));`;

function packagesOf(module: string): string[] {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script, join(runtime, module)], {
    env: bareEnvironment,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as string[];
}

/** Packages of which a process would hold megabytes for something that it does rarely or never. */
const rare = /^@aws-sdk|^@smithy|nodemailer|systeminformation|acme-client|dockerode|ssh2|uplot/;

test.for(['bin/proxy-worker.ts', 'cli/proxy-command.ts', 'cli/monitor-command.ts'])(
  '%s starts without the packages that it rarely needs',
  (module) => {
    const packages = packagesOf(module);
    expect(packages).toContain('zod');
    expect(packages.filter((name) => rare.test(name))).toEqual([]);
  },
);
