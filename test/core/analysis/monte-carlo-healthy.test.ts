import { expect, test } from 'vitest';
import { simulate } from './simulation.ts';
import { expectBound } from './worlds/expect-bound.ts';
import { healthyCells } from './worlds/healthy.ts';

/** Long only where other processes share the machine. */
const timeout = 600_000;
const cheap = healthyCells.filter(({ isCheap = true }) => isCheap);
/** Enough for the bound, of which no cell measures half; the benchmark runs 1,000. */
const runs = 500;

test.each(cheap)(
  'a healthy canary is ejected in at most one of 20 rollouts: $row, $name',
  {
    timeout,
  },
  (cell) => expectBound({ runs, ...cell }),
);

test(
  'by requests, clients that always fail would eject a healthy canary under cookie affinity',
  {
    timeout,
  },
  () => {
    const cell = healthyCells.find(
      ({ name }) => name === 'weight 50, 1% of clients always fail, if requests were counted',
    );
    expect(cell).toBeDefined();
    if (cell === undefined) return;
    const { harmful } = simulate(cell.world, { runs: 50, seed: cell.seed, until: 'harmful' });
    expect(harmful).toBeGreaterThan(0.3);
  },
);
