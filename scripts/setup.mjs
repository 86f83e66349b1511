// Makes a fresh clone ready: installs npm packages, then the programs named in the arguments
// (`redis`, `chromium`). Installs nothing that is already there. It is plain JavaScript without
// packages because it runs before anything is installed, on any Node from 18.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from './setup/packages.mjs';
import { installProgram } from './setup/programs.mjs';
import { SetupError } from './setup/setup-error.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

try {
  installPackages(root);
  for (const name of process.argv.slice(2)) installProgram(name, root);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`setup: ${error.message}`);
  process.exitCode = 1;
}
