import { expect, test } from 'vitest';
import { runSimulator } from './run-simulator.ts';

/**
 * Seeds that failed, and what each one found. A change of production or of the simulation gives a
 * seed another trace, so `break-production.ts` keeps each mistake too: `npm run simulate -- --break
 * MISTAKE` looks for seeds that find it today.
 */
const failed = [
  // A proxy without a report is gone.
  [1, 'a drain that asks right after an outage of Redis sees no reports, and its container stops'],
  [18, 'the clock of Redis jumps, all reports expire, and a drain finds nobody to wait for'],
  // A newer generation is an applied one.
  [5, 'Redis restarts with an older document, and a proxy that keeps a newer one counts as done'],
  [26, 'the same, while the drain waits'],
  // A drain of an empty Redis does not wait.
  [40, 'a person restores the document of an empty Redis, and a drain is faster than the proxies'],
  [19, 'a reservation begins a new document in an empty Redis, and a drain finds nobody'],
  [48, 'the first proxy is back in an empty Redis, and a drain waits for that one alone'],
  // A drain looked at the document before it gave the proxies time, and not again.
  [13, 'a drain finds no document, and goes on after a person has restored it'],
  // A drain waits once for the reports of an empty Redis.
  [200_108, 'Redis restarts empty while a drain waits for reports, and a proxy is still away'],
  // A writer trusts a Redis that started just now.
  [8, 'writers of the first second overtake the document that proxies apply and Redis lost'],
  // An old report says that a member is drained.
  [1021, 'a report from before a partition arrives after newer ones, and hides a running request'],
  [50_028, 'the same'],
  // An old document says that nothing is to do.
  [1085, 'a drain finds its member in no document, until a person restores one that names it'],
  // A drain does not look again.
  [60_611, 'a person restores a document in which the member is active, while a drain waits'],
  [2483, 'the same'],
  // None: the invariant blamed a drain for what Redis lost after it had ended.
  [408_908, 'Redis loses a drain, and its container stops before Pulumi could know'],
  // None: the invariant called a proxy live that a drain could not know of.
  [503_149, 'a proxy is back after 22 seconds, eight milliseconds before a container stops'],
  [560_001, 'a proxy is back between a drain and the stop of a container, with an old request'],
  // None: the invariant knew of documents that Redis loses, not of those that a person brings back.
  [504_448, 'a person restores a lost document that names a canary which stopped since'],
  [556_898, 'the same'],
  // The port of a member that is gone went to the next one.
  [761_134, 'a proxy that was cut off sends requests to the port of a member that is gone'],
  // A limit that the docs name: the clock of Redis is set back, and an old report looks like a new one.
  [
    507_297,
    'a report from before the clock was set back seems to be from after the start of Redis',
  ],
] as const;

const options = { timeout: 900_000 };

test('seeds that failed hold', options, async () => {
  const seeds = failed.map(([seed]) => seed).join(',');
  const { code, output } = await runSimulator('--seed', seeds);
  expect(output).toContain(`all ${failed.length} seeds held`);
  expect(code).toBe(0);
});
