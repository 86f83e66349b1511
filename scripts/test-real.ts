/**
 * `npm run test:real`: runs real releases on the targets docker and server. Starts a Docker engine if
 * none runs, which needs root, makes a base image, and stops the engine at the end. The tests start
 * the registry and sshd. Pulumi and its plugins must be installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBaseImage } from '../test/infra/engine/support/base-image.ts';
import { until } from '../test/support/until.ts';

const packages = {
  docker: 'docker.io',
  iptables: 'iptables',
  busybox: 'busybox-static',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  'docker-registry': 'docker-registry',
  'redis-server': 'redis-server',
  pulumi: 'https://www.pulumi.com/docs/install',
};

/** Those with a name that begins so; the others take minutes with stand-ins for Docker. */
const files = [
  ...['real-', 'replace-', 'clone', 'digitalocean-account-grown', 'progressive-pair'].map(
    (name) => `test/infra/engine/${name}`,
  ),
  'test/package/',
];

const missing = Object.entries(packages).filter(
  ([name]) => spawnSync('which', [name]).status !== 0,
);
if (missing.length > 0) {
  for (const [name, source] of missing) console.error(`${name} must be on PATH: ${source}`);
  process.exit(2);
}

await using engine = dockerAnswers() ? undefined : await startDocker();
if (engine !== undefined) console.log('started a Docker engine for the tests');
makeBaseImage();
const { status } = spawnSync(
  'vitest',
  ['run', '--no-file-parallelism', '--reporter=verbose', ...files],
  {
    stdio: 'inherit',
    env: { ...process.env, PERCH_REAL: '1' },
  },
);
process.exitCode = status ?? 1;

function dockerAnswers(): boolean {
  return spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0;
}

async function startDocker(): Promise<AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-docker-'));
  const log = openSync(join(folder, 'log'), 'w');
  const child = spawn('dockerd', ['--data-root', join(folder, 'data')], {
    stdio: ['ignore', log, log],
  });
  await until(dockerAnswers, { what: 'dockerd to answer', timeoutMs: 60_000, everyMs: 500 });
  return {
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
