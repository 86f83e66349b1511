import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Service } from './service.ts';

const program = join(import.meta.dirname, '../../../scripts/ci.ts');
const passphrase = 'correct horse';
const issues = '/repos/shop/shop/issues';

let service: Service;
let folder: string;
beforeEach(async () => {
  service = await Service.start();
  folder = await mkdtemp(join(tmpdir(), 'perch-ci-'));
});
afterEach(async () => {
  await service[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const report = () => join(folder, 'preview.md');

/** A `pulumi` that prints its arguments and a secret, and ends so. The time of its state is `time`. */
async function pulumi(exitCode: number, time = 'echo 1'): Promise<void> {
  const file = join(folder, 'pulumi');
  const state = `printf '{"deployment":{"manifest":{"time":"%s"}}}' "$(${time})"; exit 0`;
  const script = `#!/bin/sh
if [ "$1" = stack ]; then ${state}; fi
echo "pulumi $*: $PULUMI_CONFIG_PASSPHRASE"
exit ${exitCode}
`;
  await writeFile(file, script);
  await chmod(file, 0o755);
}

/** Runs the program as a job of GitHub does. */
async function ci(...args: readonly string[]): Promise<{ exitCode: number; output: string }> {
  const env = {
    PATH: `${folder}:${process.env['PATH']}`,
    GITHUB_ACTIONS: 'true',
    GITHUB_API_URL: service.url,
    GITHUB_SERVER_URL: 'https://github.internal',
    GITHUB_REPOSITORY: 'shop/shop',
    GITHUB_RUN_ID: '17',
    GITHUB_REF: 'refs/pull/7/merge',
    GITHUB_TOKEN: 'a-token',
    GITHUB_OUTPUT: join(folder, 'outputs'),
    PULUMI_CONFIG_PASSPHRASE: passphrase,
  };
  const { promise, resolve } = Promise.withResolvers<{ exitCode: number; output: string }>();
  const options = { env, cwd: folder };
  const child = execFile(process.execPath, [program, ...args], options, (_, stdout, stderr) => {
    resolve({ exitCode: child.exitCode ?? -1, output: stdout + stderr });
  });
  return await promise;
}

test('a preview that fails is reported without secrets, and its exit code is passed on', async () => {
  await pulumi(1);
  const { exitCode } = await ci(
    'preview',
    '--stack',
    'prod',
    '--commit',
    'c0ffee',
    '--report',
    report(),
  );
  expect(exitCode).toBe(1);
  const text = await readFile(report(), 'utf8');
  expect(text).toContain('**The preview of commit `c0ffee` failed.**');
  expect(text).toContain(
    'pulumi preview --diff --stack prod --non-interactive --color never: [secret]',
  );
  const output = await readFile(join(folder, 'outputs'), 'utf8');
  expect(output).toMatch(/^report<<(\S+)\n[^]*\n\1\n$/);
  expect(output).toContain(text);
  expect(output).not.toContain(passphrase);

  service.list(`${issues}/7/comments`, []);
  expect(await ci('comment', '--stack', 'prod', '--report', report())).toMatchObject({
    exitCode: 0,
  });
  const marker = '<!-- perch preview prod -->';
  expect(service.received.at(-1)?.body).toEqual({ body: `${marker}\n${text.trim()}` });
});

test("a secret that a stack's file names is left out, also if the stack is given with its organization", async () => {
  await pulumi(0);
  const file = 'config: { perch:secretEnvironment: { SHOP: env:GITHUB_REPOSITORY } }';
  await writeFile(join(folder, 'Pulumi.prod.yaml'), file);
  await ci('preview', '--stack', 'shop/shop/prod', '--report', report());
  expect(await readFile(report(), 'utf8')).toContain('preview --diff --stack [secret]/prod');
});

test('a job that has no report says so in the comment', async () => {
  service.list(`${issues}/7/comments`, []);
  await ci('comment', '--stack', 'prod', '--report', report());
  const { body } = service.received.at(-1)?.body ?? {};
  expect(body).toContain('**The preview has no report.**');
  expect(body).toContain('https://github.internal/shop/shop/actions/runs/17');
});

test('drift opens an issue, a check that failed leaves it, and one during an update says nothing', async () => {
  service.list(issues, []);
  await pulumi(7);
  expect(await ci('drift', '--stack', 'prod')).toMatchObject({ exitCode: 0 });
  expect(service.changes).toEqual([`POST ${issues}`]);
  expect(JSON.stringify(service.received.at(-1)?.body)).toContain('--preview-only');

  await pulumi(1);
  expect(await ci('drift', '--stack', 'prod')).toMatchObject({ exitCode: 1 });
  await pulumi(7, 'echo . >> times; wc -l < times');
  const { exitCode, output } = await ci('drift', '--stack', 'prod');
  expect(exitCode).toBe(0);
  expect(output).toContain('stack prod was updated during the check');
  expect(service.changes).toEqual([`POST ${issues}`]);

  await pulumi(0);
  await ci('drift', '--stack', 'prod');
  expect(service.changes).toEqual([`POST ${issues}`]);
});

test('wrong arguments are refused with the usage', async () => {
  const refused = async (...args: string[]) => {
    const { exitCode, output } = await ci(...args);
    expect(exitCode).toBe(2);
    return output.split('\n')[0];
  };
  expect(await refused('drfit', '--stack', 'prod')).toContain('COMMAND must be preview or comment');
  expect(await refused('drift')).toBe('ci: --stack must be given');
  expect(await refused('comment', '--stack', 'prod')).toBe('ci: --report must be given');
});
