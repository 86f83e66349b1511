import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideMemory,
  defaultMemory,
  memoryStepBytes,
  type MemoryState,
} from '../../runtime/decide/memory-policy.ts';

const mib = 1_048_576;
const state = (overrides: Partial<MemoryState> = {}): MemoryState => ({
  usageBytes: 60 * mib,
  limitBytes: 100 * mib,
  capBytes: 1_000 * mib,
  hostAvailableBytes: 4_000 * mib,
  lastRaisedMs: undefined,
  ...overrides,
});
const decide = (overrides: Partial<MemoryState> = {}, nowMs = 0) =>
  decideMemory(state(overrides), defaultMemory, nowMs);

describe('a container’s memory', () => {
  it('grows by 100 MiB above half of its limit', () => {
    expect(decide()).toEqual({ kind: 'raise', limitBytes: 200 * mib });
  });

  it('is enough at half of its limit, and without a limit', () => {
    expect(decide({ usageBytes: 50 * mib })).toEqual({ kind: 'enough' });
    expect(decide({ limitBytes: undefined })).toEqual({ kind: 'enough' });
  });

  it('grows at most once in 30 seconds', () => {
    expect(decide({ lastRaisedMs: 1_000 }, 30_999)).toEqual({ kind: 'wait' });
    expect(decide({ lastRaisedMs: 1_000 }, 31_000)).toMatchObject({ kind: 'raise' });
  });

  it('ends at its cap, and says that it cannot grow there', () => {
    expect(decide({ capBytes: 150 * mib })).toEqual({ kind: 'raise', limitBytes: 150 * mib });
    const reason = 'its limit is at its cap';
    expect(decide({ capBytes: 100 * mib })).toEqual({ kind: 'cannot', reason });
  });

  it('leaves the host its reserve', () => {
    expect(decide({ hostAvailableBytes: 356 * mib })).toMatchObject({ kind: 'raise' });
    const reason = 'its host has no memory to spare';
    expect(decide({ hostAvailableBytes: 355 * mib })).toEqual({ kind: 'cannot', reason });
  });

  it('gives nothing away that is not known to be there', () => {
    expect(decide({ hostAvailableBytes: undefined })).toMatchObject({ kind: 'cannot' });
  });

  it('never shrinks, never passes its cap, never takes more than a step', () => {
    const bytes = fc.integer({ min: 0, max: 8_000 * mib });
    fc.assert(
      fc.property(bytes, bytes, bytes, bytes, (usageBytes, limitBytes, capBytes, available) => {
        const given = { usageBytes, limitBytes, capBytes, hostAvailableBytes: available };
        const decision = decide(given);
        if (decision.kind !== 'raise') return;
        expect(decision.limitBytes).toBeGreaterThan(limitBytes);
        expect(decision.limitBytes).toBeLessThanOrEqual(capBytes);
        expect(decision.limitBytes - limitBytes).toBeLessThanOrEqual(memoryStepBytes);
      }),
    );
  });
});
