import { expect, test } from 'vitest';
import { watchRelease } from '../../../infra/deploy/watch.ts';
import { healthy, release } from './statuses.ts';

/** Watches a release that shows these statuses, the last one for ever. */
function watch(statuses: readonly (object | Error)[], seconds = 0): Promise<string[]> {
  let reads = 0;
  const status = async () => {
    const read = statuses[Math.min(reads, statuses.length - 1)];
    reads += 1;
    if (read instanceof Error) throw read;
    return JSON.stringify(read);
  };
  return watchRelease({ status, before: [], seconds, patienceMs: 50, intervalMs: 1 });
}

test('a watch ends at the first problem', async () => {
  expect(await watch([{ ...healthy, release: null }], 3_600)).toEqual(['there is no release']);
});

test('a watch continues after a status that cannot be read', async () => {
  expect(await watch([new Error('ssh: connection reset'), healthy])).toEqual([]);
});

test('a watch ends if the status stays unavailable', async () => {
  expect(await watch([new Error('no healthy monitor')], 3_600)).toEqual([
    "the release's status is unavailable: no healthy monitor",
  ]);
});

test('a watch does not find a canary healthy that no monitor judges', async () => {
  expect(await watch([{ ...healthy, opinion: null }])).toEqual(['no monitor judges the canary']);
  const idle = { ...healthy, opinion: null, release: { ...release, weight: 0 } };
  expect(await watch([idle])).toEqual([]);
});
