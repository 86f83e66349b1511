#!/usr/bin/env node
// `npx perch`: checks the Node that runs it, then hands over. Plain JavaScript without packages, so
// that a Node that cannot run the rest says what it needs instead of a syntax error.
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const { version, engines } = JSON.parse(manifest);
// From this release on, Node strips types without a flag, of the project's own program too.
const oldest = engines.node.replace('>=', '').split('.').map(Number);
const running = process.versions.node.split('.').map(Number);
const isTooOld = running[0] < oldest[0] || (running[0] === oldest[0] && running[1] < oldest[1]);

// A package has no sources, but what they were built to.
const isPackage = !existsSync(new URL('../infra', import.meta.url));

if (isTooOld) {
  const remedy = isPackage
    ? 'install Node 24'
    : 'run npm install in the project, which brings one, and start perch by npx perch';
  console.error(
    `perch: needs Node ${oldest.join('.')} or later, this is ${process.versions.node}; ${remedy}`,
  );
  process.exitCode = 1;
} else if (process.argv[2] === '--version' || process.argv[2] === '-V') {
  console.log(version);
} else {
  // A third of the time of a start is that of compiling.
  module.enableCompileCache();
  const { main } = await load('infra/perch');
  const end = await main(process.argv.slice(2));
  // The command talks to Redis itself: the runtime's own perch reads the same arguments.
  if (end === 'direct') await load('runtime/bin/perch');
}

/** Loads TypeScript or what was built of it. By its URL, because this file is checked with the scripts of pages. */
async function load(path) {
  const file = isPackage ? `../dist/${path}.js` : `../${path}.ts`;
  return await import(new URL(file, import.meta.url).href);
}
