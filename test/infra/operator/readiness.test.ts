import { describe, expect } from 'vitest';
import { unless } from '../../support/skip.ts';
import { whyNoSshd } from '../engine/support/sshd.ts';
import { test } from './init/fixtures.ts';

/** Words with which Pulumi's stand-in answers as one that has the stack. */
const loggedIn = (config: object) => `case $1-$2 in
  version-*) ;;
  whoami-*) echo '{ "user": "me", "url": "file:///state" }' ;;
  stack-ls) echo '[{ "name": "prod" }]' ;;
  config-*) cat <<'END'
${JSON.stringify(config)}
END
    ;;
  *) echo "error: no stack named 'prod' found" >&2; exit 1 ;;
esac`;

interface Report {
  readonly stacks: readonly {
    readonly stack: string;
    readonly checks: readonly {
      readonly name: string;
      readonly findings: readonly Record<string, string>[];
      readonly unchecked: readonly string[];
    }[];
  }[];
}

describe('The doctor of a project before its first update', unless(whyNoSshd()), () => {
  test('says what is missing, step by step, until nothing is', async ({ application, sshd }) => {
    const options = ['--target=server', `--server=${sshd.user}@127.0.0.1:${sshd.port}`];
    await application.perch('init', '--yes', '--canary=prod', ...options);
    for (const name of ['perch', '@pulumi/pulumi']) {
      application.write(`node_modules/${name}/package.json`, '{}');
    }
    const examine = async (...words: readonly string[]) => {
      const { code, stdout } = await application.perch(...words, 'doctor', '--json');
      const { stacks } = JSON.parse(stdout) as Report;
      const checks = stacks.flatMap((report) => report.checks);
      const findings = checks.flatMap((check) => check.findings);
      return { code, subjects: findings.map(({ subject }) => subject), checks, findings };
    };
    expect(await examine()).toMatchObject({ code: 1, subjects: ['pulumi'] });

    const config = Object.entries(application.config('prod')).map(([key, value]) => [
      key,
      { value },
    ]);
    application.programs.add('pulumi', loggedIn(Object.fromEntries(config)));
    const withoutKey = await examine();
    expect(withoutKey).toMatchObject({ code: 1, subjects: ['perch:sshPrivateKey'] });
    expect(withoutKey.findings[0]?.['remedy']).toBe(
      'pulumi config set --stack prod --secret perch:sshPrivateKey < FILE_OF_THE_KEY',
    );

    const key = (value: string) => [['perch:sshPrivateKey', { value, secret: true }]];
    const configured = (value: string) =>
      application.programs.add('pulumi', loggedIn(Object.fromEntries([...config, ...key(value)])));
    configured(sshd.makeKey().privateKey);
    const refused = await examine('--stack', 'prod');
    expect(refused).toMatchObject({ code: 1, subjects: ['web-1'] });
    expect(refused.findings[0]?.['evidence']).toContain('Permission denied');

    configured(sshd.privateKey);
    expect(await examine()).toMatchObject({ code: 0, subjects: [] });
    application.programs.addFailing('docker', 'Cannot connect to the Docker daemon');
    expect(await examine()).toMatchObject({ code: 1, subjects: ['docker'] });
  });

  test('of a stack says that nobody is logged in, or why the stack cannot be read', async ({
    application,
  }) => {
    await application.perch('init', '--yes', '--target=docker');
    for (const name of ['perch', '@pulumi/pulumi']) {
      application.write(`node_modules/${name}/package.json`, '{}');
    }
    application.programs.addFailing('pulumi', 'error: PULUMI_ACCESS_TOKEN must be set');
    const loggedOut = await application.perch('--stack', 'prod', 'doctor');
    expect(loggedOut).toMatchObject({ code: 1, stderr: '' });
    expect(loggedOut.stdout).toContain('pulumi is logged in to a backend');
    const other = await application.perch('--stack', 'canary', 'doctor');
    expect(other.stderr).toContain('PULUMI_ACCESS_TOKEN must be set');
  });

  test('is an error where there is no project', async ({ application }) => {
    const { code, stderr } = await application.perch('doctor');
    expect(stderr).toContain('must have a file Pulumi.STACK.yaml');
    expect(stderr).toContain('npx perch init');
    expect(code).toBe(2);
  });

  test('refuses a word that it does not have, with and without a stack', async ({
    application,
  }) => {
    await application.perch('init', '--yes', '--target=docker');
    for (const words of [
      ['doctor', '--fix'],
      ['--stack', 'prod', 'doctor', '--fix'],
    ]) {
      const { code, stderr } = await application.perch(...words);
      expect(stderr).toContain('perch: perch doctor has no argument --fix\n');
      expect(code).toBe(2);
    }
  });
});
