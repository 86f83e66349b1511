// Makes a fresh clone ready: packages, and what the arguments name (`redis`, `chromium`).
// Plain JavaScript, no packages: it runs before anything is installed, on Node 18 or later.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const stamp = join(root, 'node_modules/.perch-setup');

main(process.argv.slice(2));

function main(wanted) {
  installPackages();
  if (wanted.includes('redis') && !redisServer()) install('redis-server', 'redis', 'redis:7');
  if (wanted.includes('chromium') && !onPath('chromium', 'chromium-browser', 'google-chrome')) {
    install('chromium', 'chromium');
  }
}

/** `npm ci`, unless the lockfile is the one that was installed last. */
function installPackages() {
  const lockfile = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfile) return;
  console.log('setup: installing packages (npm ci)');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
  writeFileSync(stamp, lockfile);
}
