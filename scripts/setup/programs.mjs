// Installs programs that are not npm packages. Plain JavaScript for any Node from 18.
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmPath, runs } from './run.mjs';
import { SetupError } from './setup-error.mjs';

const oldestRedis = 7;
const redisImage = 'redis:7';

const programs = {
  redis: {
    is: 'Redis 7 or later, or Valkey',
    found: (root) =>
      redisVersion('redis-server', root) >= oldestRedis || redisVersion('valkey-server', root) > 0,
    apt: ['redis-server', 'valkey-server'],
    brew: 'redis',
    otherwise: redisFromDocker,
    advice: 'install redis-server 7 or later (or valkey-server) and put it on PATH',
  },
  chromium: {
    is: 'Chromium',
    found: (root) =>
      ['chromium', 'chromium-browser', 'google-chrome'].some((name) => onPath(name, root)),
    apt: ['chromium'],
    brew: '--cask chromium',
    otherwise: () => {},
    advice: 'install chromium (or google-chrome) and put it on PATH',
  },
};

/** Tries apt, then brew, then the program's own way; says what to do if none of them worked. */
export function installProgram(name, root) {
  const program = programs[name];
  if (program === undefined) {
    throw new SetupError(`program must be one of ${Object.keys(programs).join(', ')}, got ${name}`);
  }
  if (program.found(root)) return;
  console.log(`setup: ${program.is} is missing, installing it`);
  const ways = [
    () => withApt(program.apt, root),
    () => withBrew(program.brew, root),
    () => program.otherwise(root),
  ];
  if (ways.some((tryIt) => (tryIt(), program.found(root)))) return;
  throw new SetupError(`${program.is} is missing and could not be installed; ${program.advice}`);
}

function withApt(packages, root) {
  if (!onPath('apt-get', root)) return;
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive'];
  if (asRoot.length > 0 && !onPath('sudo', root)) return;
  const apt = (...rest) => {
    const [command, ...options] = [
      ...asRoot,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      '-qq',
      ...rest,
    ];
    return runs(command, options, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  apt('update');
  packages.some((name) => apt('install', '--yes', '--no-install-recommends', name));
}

function withBrew(formula, root) {
  if (onPath('brew', root)) runs('brew', ['install', ...formula.split(' ')], { cwd: root });
}

/**
 * Puts a redis-server on npm's PATH that runs a container. It shares the network and the temporary
 * folder, so that it starts like the program. SIGTERM is the only signal that reaches it.
 */
function redisFromDocker(root) {
  if (!onPath('docker', root)) return;
  if (!runs('docker', ['pull', '--quiet', redisImage], { cwd: root })) return;
  const file = join(root, 'node_modules/.bin/redis-server');
  const folders = '--volume "${TMPDIR:-/tmp}:${TMPDIR:-/tmp}" --workdir "${TMPDIR:-/tmp}"';
  const options = `--rm --interactive --init --network host --user "$(id -u):$(id -g)" ${folders}`;
  writeFileSync(file, `#!/bin/sh\nexec docker run ${options} ${redisImage} redis-server "$@"\n`);
  chmodSync(file, 0o755);
}

/** Major version of the Redis or Valkey server on PATH; 0 if there is none. */
function redisVersion(program, root) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', env: npmPath(root) });
  return Number(/\bv=(\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
}

function onPath(program, root) {
  return spawnSync('which', [program], { stdio: 'ignore', env: npmPath(root) }).status === 0;
}
