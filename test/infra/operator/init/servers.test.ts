import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { unless } from '../../../support/skip.ts';
import { whyNoSshd, type TestSshd } from '../../engine/support/sshd.ts';
import { test } from './fixtures.ts';
import { configured } from './support/configured.ts';

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
    writeFileSync(known, `@revoked [127.0.0.1]:${sshd.port} ${sshd.hostKeys.ed25519}\n`);
    const revoked = await application.perch(...words.slice(0, 4));
    expect(revoked.stderr).toContain('a host key that ~/.ssh/known_hosts has as revoked: SHA256:');
    writeFileSync(known, `[127.0.0.1]:${sshd.port} ${sshd.hostKeys.ed25519}\n`);
    const { stdout } = await application.perch(...words.slice(0, 4));
    expect(stdout).toContain('which ~/.ssh/known_hosts has too');
  });
});
