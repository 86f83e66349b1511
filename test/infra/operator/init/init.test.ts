import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { sshPrivateKey } from '../../../support/pulumi/ssh-keys.ts';
import { test } from './fixtures.ts';
import { configured } from './support/configured.ts';

test('perch init writes the stacks of a cloud, which the configuration takes as they are', async ({
  application,
}) => {
  writeFileSync(join(application.home, 'key'), sshPrivateKey, { mode: 0o600 });
  for (const [target, region] of [
    ['aws', 'eu-central-1'],
    ['digitalocean', 'fra1'],
  ] as const) {
    const cloud = application.sibling(target);
    const { code, stderr } = await cloud.perch(
      'init',
      '--yes',
      `--target=${target}`,
      `--region=${region}`,
      '--ssh-cidr=198.18.0.0/24',
      '--ssh-key=~/key',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const stack of ['prod', 'canary']) {
      const config = configured(cloud, stack);
      expect(config).toMatchObject({ target, service: target, sshCidrs: ['198.18.0.0/24'] });
      expect(config.hostCount).toBe(stack === 'prod' ? 2 : 1);
    }
  }
});

test('perch init quotes the name of a key for the shell, and leaves its home to it', async ({
  application,
}) => {
  writeFileSync(join(application.home, 'deploy key'), sshPrivateKey, { mode: 0o600 });
  const { stdout } = await application.perch(
    'init',
    '--yes',
    '--target=aws',
    '--region=eu-central-1',
    '--ssh-cidr=198.18.0.0/24',
    '--ssh-key=~/deploy key',
  );
  expect(stdout).toContain("perch:sshPrivateKey < ~/'deploy key'");
});

test('perch init for this machine writes one stack with both tracks', async ({ application }) => {
  const { stderr } = await application.perch('init', '--yes', '--target=docker');
  expect(stderr).toBe('');
  expect(configured(application, 'prod')).toMatchObject({ target: 'docker', httpPort: 8080 });
  expect(application.files().filter((file) => /canary|\.github/.test(file))).toEqual([]);
});

test('perch init says every problem of its options and every file in the way at once, and writes nothing', async ({
  application,
}) => {
  application.write('Pulumi.yaml', 'name: shop\n');
  application.write('infra/index.ts', '');
  application.write('.github', 'a file');
  const before = application.files();
  const { code, stderr } = await application.perch(
    'init',
    '--yes',
    'extra',
    '--targt=x',
    '--target=aws',
    '--service=A B',
    '--app-port=0',
    '--canary=both',
    '--ssh-key=/nowhere/key',
    '--region',
  );
  expect(code).toBe(2);
  expect(stderr.split('\n').map((line) => line.trim())).toEqual(
    expect.arrayContaining([
      'perch: nothing was written:',
      'extra is no option: perch init takes only options',
      '--targt is not known; did you mean target?',
      '--region must be followed by a value',
      '--canary must be one of stack, prod, got both',
      '--ssh-key must be new or the file of a private key, got /nowhere/key, which is not there',
      expect.stringMatching(/^--service must be 1 to 63 lower-case letters.*got "A B"$/),
      '--app-port must be a whole number from 1 to 65535, got "0"',
      expect.stringMatching(/^--ssh-cidr must name the networks/),
      expect.stringMatching(/^Pulumi\.yaml is there already, and init overwrites nothing/),
      'infra/index.ts is there already, and init overwrites nothing',
      expect.stringMatching(/^\.github is there already/),
    ]),
  );
  expect(application.files()).toEqual(before);
});

test('perch init adds to the files of git and Docker only the lines that they lack', async ({
  application,
}) => {
  application.write('.gitignore', '/node_modules\ndist');
  application.write('.dockerignore', 'dist\n');
  await application.perch('init', '--yes', '--target=docker');
  expect(application.read('.gitignore')).toBe('/node_modules\ndist\n.perch/\n');
  expect(application.read('.dockerignore')).toBe('dist\n.perch\n');
});

test('perch init takes GitLab where the origin is there, and the branch that is the default', async ({
  application,
}) => {
  application.git('init', '--quiet', '--initial-branch', 'trunk');
  application.git('remote', 'add', 'origin', 'git@gitlab.perch.internal:team/shop.git');
  const options = ['--target=server', '--server=127.0.0.1', '--host-key=ssh-ed25519 AAAA'];
  await application.perch('init', '--yes', ...options);
  const pipeline = parse(application.read('.gitlab-ci.yml')) as Record<string, { rules: object[] }>;
  expect(pipeline['prod']?.rules).toEqual([
    { if: '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "trunk"' },
  ]);
  expect(application.has('.github')).toBe(false);
});

test('perch init in a folder of a repository leaves out the CI file, which belongs to the root', async ({
  application,
}) => {
  execFileSync('git', ['init', '--quiet', application.home]);
  const options = ['--yes', '--target=server', '--server=127.0.0.1', '--host-key=ssh-ed25519 AAAA'];
  const refused = await application.perch('init', ...options, '--ci=gitlab');
  expect(refused.stderr).toContain('--ci must be none in a folder of a repository');
  expect((await application.perch('init', ...options)).code).toBe(0);
  expect(application.has('.github')).toBe(false);
});

test('perch init without a terminal and without --yes asks nothing and writes nothing', async ({
  application,
}) => {
  const before = application.files();
  const { code, stderr } = await application.perch('init', '--target=docker');
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr:
      'perch: nothing was written:\n  --yes must be given without a terminal: init asks nothing then\n',
  });
  expect(application.files()).toEqual(before);
});

test('pushes to develop go to the canary stack alone, also where it is the only branch', async ({
  application,
}) => {
  application.git('init', '--quiet', '--initial-branch=develop');
  writeFileSync(join(application.home, 'key'), sshPrivateKey, { mode: 0o600 });
  const words = [
    '--target=aws',
    '--region=eu-central-1',
    '--ssh-cidr=198.18.0.0/24',
    '--ssh-key=~/key',
  ];
  const { stderr } = await application.perch('init', '--yes', ...words);
  expect(stderr).toBe('');
  expect(application.read('.github/workflows/deploy.yml')).toContain('branches: [main, develop]\n');
});
