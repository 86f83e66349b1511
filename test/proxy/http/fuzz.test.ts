import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyClients, anyUpstreams } from './fuzz/properties.ts';

const run = { seed: 20_261_121, numRuns: 12, endOnFailure: true };

test('whatever clients send, an origin gets only requests that all readers read alike, and nothing hangs', async () => {
  await expect(fc.assert(anyClients, run)).resolves.toBeUndefined();
});

test('whatever origins answer, clients get whole responses or are cut off, and nothing hangs', async () => {
  await expect(fc.assert(anyUpstreams, run)).resolves.toBeUndefined();
});
