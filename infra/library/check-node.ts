/**
 * Refuses a Node that the package does not run on, in place of an error from its insides. It stands
 * before all other imports of the library, and uses nothing that an old Node lacks.
 */
import { readFileSync } from 'node:fs';
import { RunError } from '@pulumi/pulumi';
import { z } from 'zod';

const manifest = z.object({ engines: z.object({ node: z.string() }) });
const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
const needed = manifest.parse(JSON.parse(text)).engines.node.replace('>=', '');
const [major = 0, minor = 0] = numbersOf(needed);
const [runningMajor = 0, runningMinor = 0] = numbersOf(process.versions.node);

if (runningMajor < major || (runningMajor === major && runningMinor < minor)) {
  throw new RunError(
    `perch: needs Node ${needed} or later, this is ${process.versions.node}; install Node 24`,
  );
}

function numbersOf(version: string): number[] {
  return version.split('.').map(Number);
}
