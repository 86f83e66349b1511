import { describe, expect, test } from 'vitest';
import { decideStart, type EngineContainer } from '../../../runtime/core/host/start-policy.ts';

const down: EngineContainer = {
  restartPolicy: 'unless-stopped',
  status: 'exited',
  startedAt: 1_000,
  startError: 'listen tcp4 10.0.0.5:20000: bind: cannot assign requested address',
};

test('a container that the engine could not start is started at once', () => {
  expect(decideStart(down, undefined, 5_000)).toBe('start');
});

describe('left alone is a container', () => {
  test.each<[string, Partial<EngineContainer>]>([
    ['that runs', { status: 'running', startError: '' }],
    ['that a person stopped', { startError: '' }],
    ['that a person paused', { status: 'paused', startError: '' }],
    ['that the engine restarts itself', { status: 'restarting' }],
    ['that is being removed', { status: 'removing' }],
    ['of a release that never ran', { status: 'created', startedAt: 0 }],
    ['that failed at its very first start', { startedAt: 0 }],
    ['that nothing should restart', { restartPolicy: 'no' }],
    ['that restarts after its own failures only', { restartPolicy: 'on-failure' }],
  ])('%s', (_, overrides) => {
    expect(decideStart({ ...down, ...overrides }, undefined, 5_000)).toBe('ignore');
    expect(decideStart({ ...down, ...overrides }, { count: 9, lastMs: 0 }, 5_000)).toBe('ignore');
  });
});

test.each([
  { count: 1, delayMs: 2_000 },
  { count: 2, delayMs: 4_000 },
  { count: 3, delayMs: 8_000 },
  { count: 4, delayMs: 15_000 },
  { count: 5_000, delayMs: 15_000 },
])('the next attempt after $count waits $delayMs ms', ({ count, delayMs }) => {
  const lastMs = 100_000;
  expect(decideStart(down, { count, lastMs }, lastMs + delayMs - 1)).toBe('wait');
  expect(decideStart(down, { count, lastMs }, lastMs + delayMs)).toBe('start');
});
