/**
 * `npm run simulate -- [--seeds 1000] [--seed 1]`: plays seeds one after the other, from `--seed` on,
 * in virtual time; ends with the first invariant that breaks, its seed and the last steps.
 */
import { breakProduction } from './platform/break-production.ts';
import './platform/install-platform.ts';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    lines: { type: 'string', default: '60' },
    keep: { type: 'boolean', default: false },
    break: { type: 'string' },
  },
});
const [seeds, first, lines] = [values.seeds, values.seed, values.lines].map(Number);
if (seeds === undefined || first === undefined || lines === undefined) process.exit(2);

if (values.break !== undefined) breakProduction(values.break);
process.env['PERCH_REDIS_URL'] = 'redis://10.0.0.1:6379';
process.env['PERCH_SERVICE'] = 'shop';
const { simulate } = await import('./simulate.ts');

let failed = 0;
const totals: Record<string, number> = {};
for (let seed = first; seed < first + seeds; seed += 1) {
  const { violation, trace, hash, counts } = await simulate(seed, lines);
  for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count;
  if (seeds === 1) console.log(`simulate: seed ${seed}, trace ${hash}, ${JSON.stringify(counts)}`);
  if (violation === undefined) continue;
  failed += 1;
  if (!values.keep || seeds === 1) console.log(trace.join('\n'));
  console.log(`simulate: seed ${seed} broke an invariant: ${violation.message}`);
  if (!values.keep) process.exit(1);
}
console.log(
  `simulate: ${seeds - failed} of ${seeds} seeds from ${first} held; ${JSON.stringify(totals)}`,
);
if (failed > 0) process.exitCode = 1;
