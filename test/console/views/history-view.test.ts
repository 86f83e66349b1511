import { expect, test } from 'vitest';
import { historyView } from '../../../runtime/console/views/history-view.ts';
import type { CanaryEnd } from '../../../runtime/core/release/canary-end.ts';
import type { ReleaseRecord } from '../../../runtime/core/release/release-history.ts';

function canary(at: number, ended?: CanaryEnd | null): ReleaseRecord {
  const id = `${at}-0`;
  return { id, at, stack: 'canary', track: 'canary', action: 'deploy', outcome: 'served', ended };
}

function end(at: number, type = 'canary-ejected') {
  return { event: `${at}-0`, at, type, text: `${type} at ${at}`, by: 'monitor host-1' };
}

function event(at: number, type = 'canary-ejected') {
  const { event: id, ...rest } = end(at, type);
  return { ...rest, id };
}

const textsOf = (...given: Parameters<typeof historyView>) =>
  historyView(...given).map(({ ended }) => ended?.text ?? null);

test('a canary has the end that is recorded, or else that of the newest events', () => {
  const records = [canary(100, end(150)), canary(200)];
  expect(textsOf(records, null, [event(210)])).toEqual([
    'canary-ejected at 210',
    'canary-ejected at 150',
  ]);
  expect(textsOf(records, null, [])).toEqual([null, 'canary-ejected at 150']);
  expect(textsOf(records, null, null)).toEqual([null, 'canary-ejected at 150']);
});

test('a canary that just came back has no end, whatever is recorded', () => {
  const records = [canary(100, end(150))];
  expect(textsOf(records, null, [event(160, 'canary-reinstated')])).toEqual([null]);
  expect(textsOf([canary(100, null)], null, [])).toEqual([null]);
});
