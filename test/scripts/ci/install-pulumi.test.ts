import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { StandInPrograms } from '../../support/pulumi/stand-in-programs.ts';
import { workflow, yaml, type Step } from './workflow-files.ts';

const root = join(import.meta.dirname, '../../..');
const action = yaml('.github/actions/install-pulumi/action.yml') as {
  readonly runs: { readonly steps: readonly Step[] };
};

test("GitHub runs the tests with DigitalOcean's plugin, in the version that its tests look for", async () => {
  const { steps } = workflow('deploy').jobs['test'] ?? { steps: [] };
  const given = steps.find(({ uses }) => uses === './.github/actions/install-pulumi')?.with;
  expect(given).toEqual({ plugins: 'digitalocean' });
  const [{ run = '', env } = {}] = action.runs.steps;
  expect(env).toEqual({ PLUGINS: '${{ inputs.plugins }}' });

  const home = await mkdtemp(join(tmpdir(), 'perch-install-'));
  const log = join(home, 'log');
  new StandInPrograms(join(home, '.pulumi/bin')).add('pulumi', `echo "$*" >> '${log}'`);
  const programs = new StandInPrograms(join(home, 'bin'));
  programs.add('curl');
  const PATH = `${programs.folder}:${process.env['PATH']}`;
  const path = join(home, 'path');
  const variables = { HOME: home, PATH, GITHUB_PATH: path, PLUGINS: String(given?.['plugins']) };
  await promisify(execFile)('bash', ['-e', '-c', run], { cwd: root, env: variables });

  const sdk = await readFile(join(root, 'node_modules/@pulumi/digitalocean/package.json'), 'utf8');
  const { version } = JSON.parse(sdk) as { version: string };
  expect(await readFile(log, 'utf8')).toBe(`plugin install resource digitalocean ${version}\n`);
  await rm(home, { recursive: true });
});
