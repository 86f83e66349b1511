import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decideMemory,
  defaultMemory,
  memoryStepBytes,
  type MemoryState,
} from '../../../runtime/core/host/memory-policy.ts';

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

describe("a container's memory", () => {
  test('a container above half of its limit gets 100 MiB more', () => {
    expect(decide()).toEqual({ kind: 'raise', limitBytes: 200 * mib });
  });

  test('a container at half of its limit, or without a limit, gets nothing', () => {
    expect(decide({ usageBytes: 50 * mib })).toEqual({ kind: 'enough' });
    expect(decide({ limitBytes: undefined })).toEqual({ kind: 'enough' });
  });

  test('a container gets more memory at most once in 30 seconds', () => {
    expect(decide({ lastRaisedMs: 1_000 }, 30_999)).toEqual({ kind: 'wait' });
    expect(decide({ lastRaisedMs: 1_000 }, 31_000)).toMatchObject({ kind: 'raise' });
  });

  test('a container at its cap gets nothing, with the reason', () => {
    expect(decide({ capBytes: 150 * mib })).toEqual({ kind: 'raise', limitBytes: 150 * mib });
    const reason = 'its limit is at its cap';
    expect(decide({ capBytes: 100 * mib })).toEqual({ kind: 'cannot', reason });
  });

  test.each([
    ['a whole step, where the host has it', 356, 100],
    ['what the host has beyond its reserve, in whole MiB', 355.9, 99],
    ['16 MiB at least', 272, 16],
  ])('a container gets %s', (_what, availableMiB, givenMiB) => {
    const limitBytes = (100 + givenMiB) * mib;
    const decision = decide({ hostAvailableBytes: availableMiB * mib });
    expect(decision).toEqual({ kind: 'raise', limitBytes });
  });

  test('a container gets nothing, with the reason, if its host can spare less than 16 MiB', () => {
    const reason = 'its host has no memory to spare';
    for (const availableMiB of [271.9, 256, 100, 0]) {
      const hostAvailableBytes = availableMiB * mib;
      expect(decide({ hostAvailableBytes })).toEqual({ kind: 'cannot', reason });
    }
  });

  test('a container gets the whole rest up to its cap, however little, or nothing', () => {
    const capBytes = 105 * mib;
    expect(decide({ capBytes })).toEqual({ kind: 'raise', limitBytes: capBytes });
    expect(decide({ capBytes, hostAvailableBytes: 261 * mib })).toMatchObject({ kind: 'raise' });
    expect(decide({ capBytes, hostAvailableBytes: 260 * mib })).toMatchObject({ kind: 'cannot' });
  });

  test('a container gets nothing if the free memory of its host is not known', () => {
    expect(decide({ hostAvailableBytes: undefined })).toMatchObject({ kind: 'cannot' });
  });

  test("a limit never shrinks, exceeds its cap, grows by more than a step or uses the host's reserve", () => {
    const bytes = fc.integer({ min: 0, max: 8_000 * mib });
    fc.assert(
      fc.property(bytes, bytes, bytes, bytes, (usageBytes, limitBytes, capBytes, available) => {
        const at = { usageBytes, limitBytes, capBytes, hostAvailableBytes: available };
        const decision = decide(at);
        if (decision.kind !== 'raise') return;
        expect(decision.limitBytes).toBeGreaterThan(limitBytes);
        expect(decision.limitBytes).toBeLessThanOrEqual(capBytes);
        const given = decision.limitBytes - limitBytes;
        expect(given).toBeLessThanOrEqual(memoryStepBytes);
        expect(available - given).toBeGreaterThanOrEqual(defaultMemory.reserveBytes);
      }),
    );
  });
});
