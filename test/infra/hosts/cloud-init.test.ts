import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { awaitCloudInit, cloudInit } from '../../../infra/hosts/cloud-init.ts';
import { hostKey } from '../../../infra/hosts/host-key.ts';
import { unless } from '../../support/skip.ts';
import { StandInPrograms } from '../../support/pulumi/stand-in-programs.ts';
import { findCloudInit } from './support/cloud-init.ts';

const judge = await findCloudInit();
const userData = cloudInit({
  authorizedKey: 'ssh-ed25519 AAAA deploy',
  hostKey: hostKey(Buffer.alloc(32, 7)),
});

let programs: StandInPrograms;

beforeEach(() => {
  programs = new StandInPrograms(mkdtempSync(join(tmpdir(), 'perch-cloud-init-')));
});
afterEach(() => rmSync(programs.folder, { recursive: true }));

/** Runs the script that awaits a first boot, with stand-ins for cloud-init and Docker. */
function awaited() {
  const env = { PATH: `${programs.folder}:${process.env['PATH']}` };
  return spawnSync('sh', ['-c', awaitCloudInit], { env, encoding: 'utf8' });
}

/** cloud-init whose `status` exits with `code`, as it does with every option. */
function bootEndsWith(code: number): void {
  programs.add('cloud-init', `case "$*" in *--long*) echo detail;; esac\nexit ${code}`);
}

describe('cloud-init itself', unless(judge.kind === 'missing' ? judge.reason : undefined), () => {
  const judged = (text: string) => {
    if (judge.kind === 'missing') throw new Error(judge.reason);
    const file = join(programs.folder, 'user-data');
    writeFileSync(file, text);
    const args = [...judge.args, 'schema', '--config-file', file];
    return spawnSync(judge.program, args, { env: judge.env, encoding: 'utf8' });
  };

  test('the user data of created hosts is valid', () => {
    const { status, stdout, stderr } = judged(userData);
    expect(stderr).toBe('');
    expect(stdout).not.toMatch(/error|deprecat/i);
    expect(status).toBe(0);
  });

  test('user data with an empty list of key types is not valid', () => {
    const text = userData.replace('"ssh_deletekeys"', '"ssh_genkeytypes": [], "ssh_deletekeys"');
    expect(judged(text).status).toBe(1);
  });
});

test("a created host keeps no host key of its image, and sshd offers the pinned key's kind only", () => {
  const config = JSON.parse(userData.replace('#cloud-config\n', '')) as Record<string, unknown>;
  expect(config).toMatchObject({
    ssh_deletekeys: true,
    ssh_keys: { ed25519_public: hostKey(Buffer.alloc(32, 7)).publicKey },
    write_files: expect.arrayContaining([
      {
        path: '/etc/ssh/sshd_config.d/10-perch.conf',
        content: 'HostKey /etc/ssh/ssh_host_ed25519_key\n',
      },
    ]) as unknown,
  });
});

test('a first boot that succeeded makes a host ready, without a word', () => {
  bootEndsWith(0);
  programs.add('docker', 'echo 29.0');
  expect(awaited()).toMatchObject({ status: 0, stdout: '29.0\n', stderr: '' });
});

test('a first boot that succeeded with warnings makes a host ready and shows the warnings', () => {
  bootEndsWith(2);
  programs.add('docker', 'echo 29.0');
  expect(awaited()).toMatchObject({
    status: 0,
    stdout: '29.0\n',
    stderr: "warning: the machine's first boot succeeded with warnings:\ndetail\n",
  });
});

test.each([1, 3, 127])(
  'a first boot whose status is %i fails the host, with the end of its log',
  (code) => {
    bootEndsWith(code);
    programs.add('docker', 'echo 29.0');
    programs.add('tail', 'echo "the last lines of $3"');
    const { status, stdout, stderr } = awaited();
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toEqual([
      'detail',
      'the end of /var/log/cloud-init-output.log:',
      'the last lines of /var/log/cloud-init-output.log',
      "the machine's first boot failed: see /var/log/cloud-init-output.log there",
    ]);
  },
);

test('a host whose Docker does not answer after the first boot is not ready', () => {
  bootEndsWith(2);
  programs.addFailing('docker', 'Cannot connect to the Docker daemon');
  const { status, stderr } = awaited();
  expect(status).toBe(1);
  expect(stderr).toContain('Cannot connect to the Docker daemon');
});
