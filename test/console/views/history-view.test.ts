import { expect, test } from 'vitest';
import { historyView } from '../../../runtime/console/views/history-view.ts';
import type { ReleaseRecord } from '../../../runtime/core/release/release-history.ts';

function canary(at: number): ReleaseRecord {
  const id = `${at}-0`;
  return { id, at, stack: 'canary', track: 'canary', action: 'deploy', outcome: 'served' };
}

function event(at: number, type: string) {
  return { id: `${at}-0`, at, type, text: `${type} at ${at}`, by: 'monitor host-1' };
}

test('a canary ends by the last event before the next canary, unless it came back', () => {
  const records = [canary(100), canary(200), canary(300), canary(400)];
  const events = [
    event(50, 'canary-ejected'),
    event(150, 'canary-ejected'),
    event(210, 'canary-ejected'),
    event(220, 'rollout-retried'),
    event(230, 'rollout-promoted'),
    event(310, 'canary-ejected'),
    event(320, 'canary-reinstated'),
    event(410, 'weight-set'),
  ];
  const ends = historyView(records, null, events).map(({ ended }) => ended?.text ?? null);
  expect(ends).toEqual([null, null, 'rollout-promoted at 230', 'canary-ejected at 150']);
  expect(historyView(records, null, null).every(({ ended }) => ended === null)).toBe(true);
});
