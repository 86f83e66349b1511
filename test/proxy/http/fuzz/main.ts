/**
 * `npm run fuzz -- [--minutes 10] [--seed N]`: plays random clients and upstreams against the engine
 * until the time is up or something breaks; then prints the seed and the smallest example.
 */
import fc from 'fast-check';
import { parseArgs } from 'node:util';
import { anyClients, anyUpstreams } from './properties.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 10_000)) {
  console.error(
    `fuzz: --minutes must be a number above 0 and at most 10000, got ${values.minutes}`,
  );
  process.exit(2);
}
const endsAt = performance.now() + minutes * 60_000;
let seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
let runs = 0;

while (performance.now() < endsAt) {
  for (const property of [anyClients, anyUpstreams]) {
    await fc.assert(property, { seed, numRuns: 10, interruptAfterTimeLimit: 60_000 });
  }
  runs += 1;
  seed += 1;
}
console.log(`fuzz: ${runs} rounds held, last seed ${seed - 1}`);
