import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../../../infra/config/stack-config.ts';
import { defaultsOf } from '../../../../infra/config/defaults.ts';
import { schema } from '../../../../infra/config/schema.ts';
import { secretKeys } from '../../../support/pulumi/config-problems.ts';
import { sshPrivateKey } from '../../../support/pulumi/ssh-keys.ts';
import { unless } from '../../../support/skip.ts';
import { whyNoSshd, type TestSshd } from '../../engine/support/sshd.ts';
import { test } from './fixtures.ts';
import type { Application } from './support/application.ts';

const written = [
  '.dockerignore',
  '.github/workflows/deploy.yml',
  '.gitignore',
  'Dockerfile',
  'Pulumi.canary.yaml',
  'Pulumi.prod.yaml',
  'Pulumi.yaml',
  'infra/index.ts',
  'infra/package.json',
];

const serverOption = ({ user, port }: TestSshd) => `--server=${user}@127.0.0.1:${port}`;

/** Reads a stack's file as the program does, with the key that people set as a secret. */
function configured(application: Application, stack: string, privateKey = sshPrivateKey) {
  const defaults = Object.entries(defaultsOf(Object.keys(schema)));
  const raw = {
    ...Object.fromEntries(defaults.map(([key, value]) => [`perch:${key}`, value])),
    ...application.config(stack),
    'perch:sshPrivateKey': privateKey,
  };
  return parseConfig(raw, secretKeys, {});
}

describe('perch init for servers', unless(whyNoSshd()), () => {
  test('writes stacks that the configuration takes as they are, with the keys that the server shows', async ({
    application,
    sshd,
  }) => {
    const before = application.files();
    const { code, stdout, stderr } = await application.perch(
      'init',
      '--yes',
      '--target=server',
      serverOption(sshd),
      '--host=shop.perch.internal',
      '--alert-to=team@perch.internal',
      '--region=eu-central-1',
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(application.files()).toEqual([...before, ...written].toSorted());
    const prod = configured(application, 'prod');
    const server = {
      name: 'web-1',
      user: sshd.user,
      address: '127.0.0.1',
      port: sshd.port,
      privateAddress: '172.17.0.1',
      hostKey: sshd.hostKeys.ed25519,
    };
    expect(prod).toMatchObject({
      role: 'prod',
      service: 'shop',
      buildContext: '.',
      registry: 'none',
      hosts: ['shop.perch.internal'],
      servers: [server],
      alertFrom: 'team@perch.internal',
    });
    const canary = configured(application, 'canary');
    expect(canary).toMatchObject({ role: 'canary', prodStack: 'organization/shop/prod' });
    expect(canary.servers).toEqual(prod.servers);
    const hostKey = String(sshd.hostKeys.ed25519);
    const [, shown] = execFileSync('ssh-keygen', ['-lf', '-'], {
      input: `${hostKey}\n`,
      encoding: 'utf8',
    }).split(' ');
    expect(stdout).toContain(`${shown} (ssh-ed25519)`);
    expect(stdout).toContain('pulumi config set --stack prod --secret perch:sshPrivateKey <');
    expect(stdout).toMatch(/WRONG {2}login-missing[^]*to do: pulumi login/);
  });

  test('makes a key that only its owner can read, and shows its private half nowhere', async ({
    application,
    sshd,
  }) => {
    const words = ['--target=server', serverOption(sshd), '--ssh-key=new', '--ci=none'];
    const { stdout } = await application.perch('init', '--yes', ...words);
    const file = join(application.home, '.ssh/perch-shop');
    const privateKey = readFileSync(file, 'utf8');
    expect(statSync(file).mode.toString(8)).toMatch(/600$/);
    expect(configured(application, 'prod', privateKey).sshPrivateKey).toBe(privateKey);
    expect(stdout).toContain('ssh-copy-id -i ~/.ssh/perch-shop.pub -p');
    expect(stdout).not.toContain('PRIVATE KEY');
    for (const path of application.files()) {
      expect(application.read(path)).not.toContain('PRIVATE KEY');
    }
    const again = await application.perch('init', '--yes', ...words);
    expect(again.stderr).toContain('--ssh-key must be ~/.ssh/perch-shop and not new');
  });

  test('makes the stacks when it is told to, and gives Pulumi the key by its standard input', async ({
    application,
    sshd,
  }) => {
    const log = join(application.home, 'log');
    const words = ['--target=server', serverOption(sshd), '--ssh-key=new', '--create-stacks'];
    const refused = await application.perch('init', '--yes', ...words);
    expect(refused.stderr).toContain(
      '--create-stacks needs the Pulumi CLI, logged in to a backend',
    );
    expect(application.has('Pulumi.yaml')).toBe(false);
    application.programs.add(
      'pulumi',
      `echo "$@" >> '${log}'
case $1-$2 in
  whoami-*) echo '{ "user": "team", "url": "https://app.pulumi.com/team" }' ;;
  stack-ls) echo '[]' ;;
  config-set) cat > '${log}-key' ;;
esac`,
    );
    const { code } = await application.perch('init', '--yes', ...words);
    expect(code).toBe(0);
    const privateKey = readFileSync(join(application.home, '.ssh/perch-shop'), 'utf8');
    expect(readFileSync(`${log}-key`, 'utf8')).toBe(privateKey);
    const calls = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => /init|set/.test(line));
    const set = (stack: string) =>
      `config set --stack ${stack} --secret perch:sshPrivateKey --non-interactive`;
    expect(calls).toEqual([
      'stack init prod --non-interactive',
      set('prod'),
      'stack init canary --non-interactive',
      set('canary'),
    ]);
    expect(configured(application, 'canary').prodStack).toBe('team/shop/prod');
  });

  test('asks no server whose host key is an option', async ({ application, sshd }) => {
    const { code, stdout } = await application.perch(
      'init',
      '--yes',
      '--target=server',
      // Nothing answers at this port.
      '--server=one=root@127.0.0.1:1,10.0.0.1',
      serverOption(sshd).replace('=', '=two=').concat(',10.0.0.2'),
      `--host-key=[127.0.0.1]:1 ${sshd.otherHostKey}`,
      '--canary=prod',
    );
    expect(code).toBe(0);
    expect(stdout).not.toContain('one, root@');
    expect(configured(application, 'prod').servers).toMatchObject([
      { name: 'one', hostKey: sshd.otherHostKey.split(' ').slice(0, 2).join(' ') },
      { name: 'two', hostKey: sshd.hostKeys.ed25519, privateAddress: '10.0.0.2' },
    ]);
    expect(application.has('Pulumi.canary.yaml')).toBe(false);
  });

  test('refuses a server that shows another key than the known hosts have, and writes nothing', async ({
    application,
    sshd,
  }) => {
    mkdirSync(join(application.home, '.ssh'));
    const known = join(application.home, '.ssh/known_hosts');
    writeFileSync(known, `[127.0.0.1]:${sshd.port} ${sshd.otherHostKey}\n`);
    const before = application.files();
    const words = [
      'init',
      '--yes',
      '--target=server',
      serverOption(sshd),
      '--server=127.0.0.1:1,10.0.0.1',
    ];
    const { code, stderr } = await application.perch(...words.with(3, `${words[3]},10.0.0.2`));
    expect(stderr).toContain('shows another host key than ~/.ssh/known_hosts has');
    expect(stderr).toContain(
      '--server [127.0.0.1]:1 must answer with an Ed25519 or ECDSA host key',
    );
    expect(code).toBe(1);
    expect(application.files()).toEqual(before);
    writeFileSync(known, `[127.0.0.1]:${sshd.port} ${sshd.hostKeys.ed25519}\n`);
    const { stdout } = await application.perch(...words.slice(0, 4));
    expect(stdout).toContain('which ~/.ssh/known_hosts has too');
  });
});

test('perch init writes the stacks of a cloud, which the configuration takes as they are', async ({
  application,
}) => {
  writeFileSync(join(application.home, 'key'), sshPrivateKey, { mode: 0o600 });
  for (const target of ['aws', 'digitalocean']) {
    const cloud = application.sibling(target);
    const { code, stderr } = await cloud.perch(
      'init',
      '--yes',
      `--target=${target}`,
      '--region=fra1',
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
