/**
 * `npm run simulate -- [--seeds 1000] [--seed 1] [--lines 60] [--break MISTAKE]`: plays seeds one
 * after the other, from `--seed` on, in virtual time; ends with the first invariant that breaks, its
 * seed and the last lines of its trace. `--seed 5,18` plays those alone. `--break` loads production's
 * code with a mistake in it, which an invariant must find.
 */
import { parseArgs } from 'node:util';
import { breakProduction } from './platform/break-production.ts';
import './platform/install-platform.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    lines: { type: 'string', default: '60' },
    break: { type: 'string' },
  },
});

/** A whole number from 1 on; ends the process for another text. */
function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  console.error(`simulate: --${option} must be a whole number from 1 on, got ${text}`);
  process.exit(2);
}

const given = values.seed.split(',').map((text) => wholeNumber('seed', text));
const [first = 1, ...others] = given;
const count = others.length > 0 ? 0 : wholeNumber('seeds', values.seeds);
const lines = wholeNumber('lines', values.lines);
const seeds = count === 0 ? given : Array.from({ length: count }, (_, index) => first + index);
if (values.break !== undefined) breakProduction(values.break);
process.env['PERCH_REDIS_URL'] = 'redis://10.0.0.1:6379';
process.env['PERCH_SERVICE'] = 'shop';
const { simulate } = await import('./simulate.ts');

const totals: Record<string, number> = {};
let hash = '';
for (const [index, seed] of seeds.entries()) {
  const result = await simulate(seed, 0).catch(() => simulate(seed, lines));
  ({ hash } = result);
  for (const [name, n] of Object.entries(result.counts)) totals[name] = (totals[name] ?? 0) + n;
  if (result.violation !== undefined) {
    const again = await simulate(seed, lines);
    console.log(again.trace.join('\n'));
    if (again.hash !== hash) console.log('simulate: the seed gave another trace the second time');
    console.log(`simulate: seed ${seed} broke an invariant: ${result.violation.message}`);
    process.exit(1);
  }
  if ((index + 1) % 1_000 === 0)
    console.log(`simulate: ${index + 1} seeds held, the last is ${seed}`);
}
console.log(`simulate: all ${seeds.length} seeds held, the last one has the trace ${hash}`);
console.log(`simulate: they had ${JSON.stringify(totals)}`);
