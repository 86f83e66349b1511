import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyClients, anyUpstreams } from './fuzz/properties.ts';

const run = { seed: 20_261_121, numRuns: 12, endOnFailure: true };

test('an upstream gets only requests that all readers read alike, whatever clients send, and nothing hangs', async () => {
  await expect(fc.assert(anyClients, run)).resolves.toBeUndefined();
});

test('clients get complete responses or are cut off, whatever upstreams answer, and nothing hangs', async () => {
  await expect(fc.assert(anyUpstreams, run)).resolves.toBeUndefined();
});
