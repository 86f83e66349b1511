#!/usr/bin/env node
// `npx perch`: checks the Node that runs it, then hands over. Plain JavaScript without packages, so
// that a Node that cannot read TypeScript says what it needs instead of a syntax error.
import { readFileSync } from 'node:fs';

// From this release on, Node strips types without a flag.
const oldest = [22, 18];
const running = process.versions.node.split('.').map(Number);
const isTooOld = running[0] < oldest[0] || (running[0] === oldest[0] && running[1] < oldest[1]);

if (isTooOld) {
  console.error(
    `perch: needs Node ${oldest.join('.')} or later, this is ${process.versions.node}; ` +
      'run npm install in the project, which brings one, and start perch by npx perch',
  );
  process.exitCode = 1;
} else if (process.argv[2] === '--version' || process.argv[2] === '-V') {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  console.log(version);
} else {
  const { main } = await load('../infra/perch.ts');
  const end = await main(process.argv.slice(2));
  // The command talks to Redis itself: the runtime's own perch reads the same arguments.
  if (end === 'direct') await load('../runtime/bin/perch.ts');
}

/** Loads TypeScript. By its URL, because this file is checked with the scripts of pages. */
async function load(path) {
  return await import(new URL(path, import.meta.url).href);
}
