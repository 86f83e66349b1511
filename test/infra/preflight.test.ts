import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { StackConfig } from '../../infra/config/stack-config.ts';
import { preflight } from '../../infra/preflight.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { sshPrivateKey } from '../support/pulumi/ssh-keys.ts';
import { configFor } from '../support/pulumi/stack-configs.ts';
import { StandInPrograms } from '../support/pulumi/stand-in-programs.ts';
import { unless, whyNoLinux } from '../support/skip.ts';

const digest = (name: string) => `${name}@sha256:${'a'.repeat(64)}`;
const built = { image: digest('shop'), runtimeImage: digest('perch') };

let programs: StandInPrograms;

beforeEach(() => {
  programs = new StandInPrograms(mkdtempSync(join(tmpdir(), 'perch-preflight-')));
  programs.add('ssh');
  symlinkSync('/bin/sh', join(programs.folder, 'sh'));
  vi.stubEnv('PATH', programs.folder);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('DIGITALOCEAN_TOKEN', undefined);
  vi.stubEnv('DIGITALOCEAN_ACCESS_TOKEN', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(programs.folder, { recursive: true });
});

/** Lines below the heading of preflight's error; empty if there is none. */
async function problems(config: StackConfig): Promise<string[]> {
  try {
    await preflight(config);
    return [];
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    const [heading, ...lines] = error.message.split('\n');
    expect(heading).toBe('preflight failed, nothing was changed:');
    return lines.map((line) => line.trim());
  }
}

test('a Docker engine must run on this machine on target docker', async () => {
  programs.addFailing('docker', 'Cannot connect to the Docker daemon');
  expect(await problems(configFor('docker', built))).toEqual([
    'a Docker engine must answer on this machine on target docker; install or start it: Cannot connect to the Docker daemon',
  ]);
  programs.add('docker');
  expect(await problems(configFor('docker', built))).toEqual([]);
});

test('the port must not be in use by another service on this machine', async () => {
  programs.add(
    'docker',
    'case "$*" in *label=perch.port=8080*) echo 8080 blog; echo 8080 shop; esac',
  );
  expect(await problems(configFor('docker', { ...built, httpPort: 8080 }))).toEqual([
    'perch:httpPort must be free on this machine; service blog uses 8080. To share its hosts and proxies, set hostStack to its stack',
  ]);
  expect(await problems(configFor('docker', { ...built, httpPort: 8081 }))).toEqual([]);
});

test(
  'a port must not be in use by a program that is not of the service',
  unless(whyNoLinux()),
  async () => {
    symlinkSync('/bin/grep', join(programs.folder, 'grep'));
    programs.add('docker');
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const [http, redis] = [
      await problems(configFor('docker', { ...built, httpPort: port })),
      await problems(configFor('docker', { ...built, redisPort: port })),
    ];
    server.close();
    const rule = `must be free on this machine; a program that is not of service shop listens on ${port}`;
    expect(http).toEqual([`perch:httpPort ${rule}`]);
    expect(redis).toEqual([`perch:redisPort ${rule}`]);
  },
);

test('a port that only root may use is refused on this machine', async () => {
  programs.add('docker');
  programs.add('sysctl', 'echo 1024');
  expect(await problems(configFor('docker', { ...built, httpPort: 80 }))).toEqual([
    'perch:httpPort must be at least 1024 on this machine, because the proxy is not root and net.ipv4.ip_unprivileged_port_start is 1024; got 80',
  ]);
});

test('nothing is checked when the program runs to refresh or to destroy', async () => {
  vi.stubEnv('PULUMI_RUN_PROGRAM', 'true');
  programs.addFailing('docker', 'Cannot connect to the Docker daemon');
  expect(await problems(configFor('docker', built))).toEqual([]);
});

test('a Docker engine must run on this machine if images are built, not if they are built already', async () => {
  const problem =
    'a Docker engine must answer on this machine to build images; install or start it: docker must be on PATH';
  const canary = { ...built, canaryImage: 'build', buildContext: '../shop' };
  expect(await problems(configFor('aws'))).toEqual([problem]);
  expect(await problems(configFor('aws', canary))).toEqual([problem]);
  expect(await problems(configFor('aws', built))).toEqual([]);
});

test('a cloud needs ssh on this machine before it has hosts', async () => {
  programs.remove('ssh');
  expect(await problems(configFor('aws', built))).toEqual([
    'ssh must be on PATH: Docker reaches the hosts over ssh',
  ]);
});

test('each server must accept the key, and each one that does not is named', async () => {
  programs.addFailing('ssh', 'Host key verification failed.');
  const refused = 'and show its hostKey: Host key verification failed.';
  expect(await problems(configFor('server', built))).toEqual([
    `perch:servers[0], web-1, must accept sshPrivateKey for deploy@198.18.1.1:22 ${refused}`,
    `perch:servers[1], web-2, must accept sshPrivateKey for deploy@198.18.1.2:22 ${refused}`,
    'if the machine of web-1, web-2 is lost for good, replace one after the other: npx perch host replace NAME (docs/hosts.md)',
  ]);
});

test.each([
  ['aarch64', 'set its architecture to arm64'],
  ['riscv64', 'images are built for amd64 and arm64 only'],
])('a server with the processor %s must say so', async (machine, remedy) => {
  programs.add('ssh', `echo 'machine ${machine}'`);
  expect((await problems(configFor('server', built)))[1]).toBe(
    `perch:servers[1], web-2, must have the architecture of its processor, ${machine}, got amd64: ${remedy}`,
  );
  programs.add('ssh', `echo 'machine x86_64'`);
  expect(await problems(configFor('server', built))).toEqual([]);
});

test('a server that a replacement of another one leaves as it is is not asked', async () => {
  programs.addFailing('ssh', 'Connection timed out');
  vi.stubEnv('PERCH_LOST_HOSTS', 'web-2,web-1');
  expect(await problems(configFor('server', built))).toEqual([]);
  vi.stubEnv('PERCH_LOST_HOSTS', 'web-2');
  const [problem, hint] = await problems(configFor('server', built));
  expect(problem).toContain('perch:servers[0], web-1, must accept sshPrivateKey');
  expect(hint).toContain('if the machine of web-1 is lost');
});

test('the port must not be in use by another service on a server that gets a proxy', async () => {
  programs.add('ssh', 'case "$*" in *"docker ps"*) echo 80 blog; echo 80 shop;; esac');
  expect(await problems(configFor('server', built))).toEqual([
    'perch:httpPort must be free on perch:servers[0], web-1; service blog uses 80. To share its hosts and proxies, set hostStack to its stack',
  ]);
});

test('the port of https must not be in use by another service on a server that gets a proxy', async () => {
  programs.add('ssh', 'case "$*" in *perch.https-port=443*) echo 443 blog;; esac');
  expect(await problems(configFor('server', { ...built, hosts: ['shop.perch.internal'] }))).toEqual(
    [
      'perch:httpsPort must be free on perch:servers[0], web-1; service blog uses 443. To share its hosts and proxies, set hostStack to its stack',
    ],
  );
  expect(await problems(configFor('server', built))).toEqual([]);
});

test('servers are checked against their pinned host keys, and no secret is an argument', async () => {
  const log = join(programs.folder, 'log');
  programs.add('ssh', `echo "$@" >> '${log}'`);
  expect(await problems(configFor('server', built))).toEqual([]);
  const asked = readFileSync(log, 'utf8');
  expect(asked.match(/StrictHostKeyChecking=yes/g)).toHaveLength(2);
  expect(asked).toContain('deploy@198.18.1.2 echo "machine');
  for (const line of sshPrivateKey.trim().split('\n')) expect(asked).not.toContain(line);
});

test('target aws needs credentials in a source that the SDK reads', async () => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(programs.folder, 'none'));
  vi.stubEnv('AWS_CONFIG_FILE', join(programs.folder, 'none'));
  expect(await problems(configFor('aws', built))).toEqual([
    expect.stringMatching(/^AWS credentials must be set on target aws \(AWS_ACCESS_KEY_ID and/),
  ]);
  const file = join(programs.folder, 'credentials');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
  writeFileSync(file, '[team]\naws_access_key_id = key\naws_secret_access_key = secret\n');
  vi.stubEnv('AWS_PROFILE', 'team');
  expect(await problems(configFor('aws', built))).toEqual([]);
});

test('target digitalocean needs a token in the environment', async () => {
  expect(await problems(configFor('digitalocean', built))).toEqual([
    'DIGITALOCEAN_TOKEN must be set in the environment on target digitalocean',
  ]);
  vi.stubEnv('DIGITALOCEAN_ACCESS_TOKEN', 'a token');
  expect(await problems(configFor('digitalocean', built))).toEqual([]);
});
