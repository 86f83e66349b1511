import { expect, test } from 'vitest';
import { Cancellation } from '../../../infra/deploy/cancellation.ts';

type CancelSignal = 'SIGINT' | 'SIGTERM';

/** A cancellation that gets signals without this process getting them. */
function cancellation(hasTerminal: boolean) {
  const before = { SIGINT: process.listeners('SIGINT'), SIGTERM: process.listeners('SIGTERM') };
  const lines: string[] = [];
  const made = new Cancellation((line) => lines.push(line), hasTerminal);
  const receive = (signal: CancelSignal) => {
    const added = process
      .listeners(signal)
      .filter((listener) => !before[signal].includes(listener));
    for (const listener of added) listener(signal);
  };
  return { made, lines, receive };
}

test('a signal cancels a deployment once, and becomes the exit code', () => {
  const { made, lines, receive } = cancellation(false);
  using cancelled = made;
  expect(cancelled.exitCode).toBeUndefined();
  cancelled.requireNone();
  receive('SIGTERM');
  receive('SIGINT');
  expect(cancelled.received).toBe('SIGTERM');
  expect(cancelled.exitCode).toBe(143);
  expect(cancelled.signal.aborted).toBe(true);
  expect(cancelled.signalForPulumi.aborted).toBe(true);
  expect(() => cancelled.requireNone()).toThrow('nothing was changed: cancelled by SIGTERM');
  expect(lines).toEqual([
    'SIGTERM: stopping',
    'SIGINT: still stopping; Pulumi ends what it has begun',
  ]);
});

test.each([
  ['SIGINT', true, false],
  ['SIGINT', false, true],
  ['SIGTERM', true, true],
] as const)(
  'Pulumi gets %s once: with a terminal (%s), Perch passes it on (%s)',
  (signal, hasTerminal, isPassedOn) => {
    const { made, receive } = cancellation(hasTerminal);
    using cancelled = made;
    receive(signal);
    expect(cancelled.signal.aborted).toBe(true);
    expect(cancelled.signalForPulumi.aborted).toBe(isPassedOn);
  },
);

test('a deployment that ended leaves no listener', () => {
  const before = process.listenerCount('SIGTERM');
  const { made } = cancellation(false);
  expect(process.listenerCount('SIGTERM')).toBe(before + 1);
  made[Symbol.dispose]();
  expect(process.listenerCount('SIGTERM')).toBe(before);
});
