import { expect, test } from 'vitest';
import { judgeNumbers, memoryNumbers } from '../../runtime/contract/monitor-settings.ts';
import { numberProblem } from '../../runtime/contract/number-setting.ts';
import { defaultHardFailures } from '../../runtime/core/analysis/hard-failures.ts';
import { defaultMemory } from '../../runtime/core/host/memory-policy.ts';

test('every default lies inside its own bounds', () => {
  for (const [key, setting] of Object.entries({ ...judgeNumbers, ...memoryNumbers })) {
    expect([key, numberProblem(setting, setting.default)]).toEqual([key, undefined]);
  }
});

test("the judge's and the memory policy's own defaults are those of the configuration", () => {
  expect(defaultHardFailures).toEqual({
    restarts: judgeNumbers.restarts.default,
    unhealthyMs: judgeNumbers.unhealthySeconds.default * 1_000,
  });
  expect(defaultMemory).toMatchObject({
    reserveBytes: memoryNumbers.reserveMiB.default * 1_048_576,
    pauseMs: memoryNumbers.pauseSeconds.default * 1_000,
  });
});
