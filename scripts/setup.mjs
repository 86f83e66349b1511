// Makes a fresh clone ready: installs npm packages, then the programs named in the arguments
// (`redis`, `chromium`). Installs nothing that is already there. It is plain JavaScript without
// packages because it runs before anything is installed, on any Node from 18.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const oldestRedis = 7;
const redisImage = 'redis:7';

class SetupError extends Error {}

const programs = {
  redis: {
    is: 'Redis 7 or later, or Valkey',
    found: () => redisVersion('redis-server') >= oldestRedis || redisVersion('valkey-server') > 0,
    apt: ['redis-server', 'valkey-server'],
    brew: 'redis',
    otherwise: redisFromDocker,
    advice: 'install redis-server 7 or later (or valkey-server) and put it on PATH',
  },
  chromium: {
    is: 'Chromium',
    found: () => ['chromium', 'chromium-browser', 'google-chrome'].some(onPath),
    apt: ['chromium'],
    brew: '--cask chromium',
    otherwise: () => {},
    advice: 'install chromium (or google-chrome) and put it on PATH',
  },
};

try {
  installPackages();
  for (const name of process.argv.slice(2)) install(name);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`setup: ${error.message}`);
  process.exitCode = 1;
}

/** Runs `npm ci`, unless the installed packages came from the current lockfile. */
function installPackages() {
  const stamp = join(root, 'node_modules/.perch-setup');
  const lockfile = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfile) return;
  console.log('setup: installing packages (npm ci); the first time takes a minute');
  if (!runs('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])) {
    throw new SetupError('npm ci failed; see its message above');
  }
  writeFileSync(stamp, lockfile);
}

/** Tries apt, then brew, then the program's own way; says what to do if none of them worked. */
function install(name) {
  const program = programs[name];
  if (program === undefined) {
    throw new SetupError(`program must be one of ${Object.keys(programs).join(', ')}, got ${name}`);
  }
  if (program.found()) return;
  console.log(`setup: ${program.is} is missing, installing it`);
  const ways = [() => withApt(program.apt), () => withBrew(program.brew), program.otherwise];
  if (ways.some((tryIt) => (tryIt(), program.found()))) return;
  throw new SetupError(`${program.is} is missing and could not be installed; ${program.advice}`);
}

function withApt(packages) {
  if (!onPath('apt-get')) return;
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive'];
  if (asRoot.length > 0 && !onPath('sudo')) return;
  const apt = (...rest) => {
    const [command, ...options] = [
      ...asRoot,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      '-qq',
      ...rest,
    ];
    return runs(command, options, ['ignore', 'ignore', 'inherit']);
  };
  apt('update');
  packages.some((name) => apt('install', '--yes', '--no-install-recommends', name));
}

function withBrew(formula) {
  if (onPath('brew')) runs('brew', ['install', ...formula.split(' ')]);
}

/**
 * Puts a redis-server on npm's PATH that runs a container. It shares the network and the temporary
 * folder, so that it starts like the program. SIGTERM is the only signal that reaches it.
 */
function redisFromDocker() {
  if (!onPath('docker') || !runs('docker', ['pull', '--quiet', redisImage])) return;
  const file = join(root, 'node_modules/.bin/redis-server');
  const folders = '--volume "${TMPDIR:-/tmp}:${TMPDIR:-/tmp}" --workdir "${TMPDIR:-/tmp}"';
  const options = `--rm --interactive --init --network host --user "$(id -u):$(id -g)" ${folders}`;
  writeFileSync(file, `#!/bin/sh\nexec docker run ${options} ${redisImage} redis-server "$@"\n`);
  chmodSync(file, 0o755);
}

/** Major version of the Redis or Valkey server on PATH; 0 if there is none. */
function redisVersion(program) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', env: npmPath() });
  return Number(/\bv=(\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
}

function onPath(program) {
  return spawnSync('which', [program], { stdio: 'ignore', env: npmPath() }).status === 0;
}

function runs(command, options, stdio = 'inherit') {
  return spawnSync(command, options, { cwd: root, stdio }).status === 0;
}

/** PATH as npm passes it to scripts, also if this file is run by hand. */
function npmPath() {
  return { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };
}
