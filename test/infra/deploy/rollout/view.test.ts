import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { columnsOf } from '../../../../infra/deploy/rollout/columns.ts';
import type { ReadRollout } from '../../../../infra/deploy/rollout/state.ts';
import { rolloutView } from '../../../../infra/deploy/rollout/view.ts';
import { pausedRollout, rollout } from './states.ts';

function view(state: ReadRollout, columns = 80, rows = 24): string[] {
  return rolloutView(state, { columns, rows, hasColor: false });
}

test('the view shows step, share, both tracks, the judge and the time that is left', () => {
  expect(view(rollout())).toEqual([
    'shop: rollout r42 progressing, step 2 of 3, canary at 25%',
    '5% > [25%] > 100% > promotion',
    '',
    '           requests      errors     p95',
    'canary        1,204   3 (0.25%)   41 ms',
    'stable        3,611   8 (0.22%)   39 ms',
    '',
    'judge   inconclusive: 3 of 1204 canary requests (0.2%) failed: not enough data',
    '        yet',
    'time    at least 4 min 10 s more, then 100% once the judge finds the canary',
    '        safe; deadline in 54 min, then it pauses',
    'Ctrl-C leaves the rollout as it is.',
  ]);
});

test('the time that is left counts down between two reads', () => {
  const text = view(rollout({ ageMs: 10_000 })).join('\n');
  expect(text).toContain('at least 4 min more');
  expect(text).toContain('deadline in 53 min 50 s');
  const late = view(rollout({ ageMs: 10_000_000 })).join('\n');
  expect(late).toContain('time    100% once the judge finds the canary safe; deadline in 0 s');
});

test('the view of a paused rollout says who paused it and why', () => {
  const lines = view(pausedRollout());
  const text = lines.map((line) => line.trim()).join(' ');
  expect(text).toContain(
    'paused  by ada@laptop at 2026-03-01 10:07:12 UTC: rollout r42 paused at step 2 of 3: waiting for the translators',
  );
  expect(lines).toContain('time    stands still until perch rollout resume, promote or abort');
});

test('a rollout that nobody judges is shown as such', () => {
  const lines = view(rollout({ isJudged: false, verdict: null }));
  expect(lines).toContain('judge   no monitor judges the canary now, so nothing advances');
});

test('the last step is followed by promotion, and a step without a deadline says so', () => {
  const step = { number: 3, leastLeftMs: 0, deadline: null, nextWeight: null };
  const lines = view(rollout({ step, stepNumber: 3, weight: 100 }));
  expect(lines).toContain('5% > 25% > [100%] > promotion');
  expect(lines).toContain('time    promotion once the judge finds the canary safe; no deadline');
});

test('a rollout that ended needs no Ctrl-C', () => {
  const lines = view(rollout({ phase: 'promoting', step: null }));
  expect(lines).toContain('5% > 25% > 100% > [promotion]');
  expect(lines.join('\n')).not.toContain('Ctrl-C');
});

test('a status that cannot be read is shown with its age', () => {
  const lines = view(rollout({ ageMs: 12_000, failure: 'ssh: connection\nrefused' }));
  expect(lines).toContain('status  not available for 12 s: ssh: connection refused');
});

test('a status of an older monitor is shown without traffic', () => {
  const lines = view(rollout({ traffic: null, begun: null }));
  expect(lines.join('\n')).not.toContain('requests  ');
  expect(lines[0]).toContain('step 2 of 3');
});

test.each([1, 2, 9, 20, 33, 39, 40, 41, 60, 200])(
  'at %d columns no line is wider than the terminal, with and without colours',
  (columns) => {
    const reason = `${'翻訳 '.repeat(20)}\u001b[31mred\u0007 https://example.com/${'x'.repeat(90)}`;
    const steps = Array.from({ length: 40 }, (_, index) => ({ weight: index + 1 }));
    const states = [rollout(), pausedRollout(reason), rollout({ plan: steps, stepNumber: 20 })];
    for (const state of states) {
      const plain = view(state, columns, 1_000);
      for (const line of plain) expect(columnsOf(line)).toBeLessThan(Math.max(columns, 2));
      const options = { columns, rows: 1_000, hasColor: true };
      expect(rolloutView(state, options).map(stripVTControlCharacters)).toEqual(plain);
    }
  },
);

test('of many steps, those around the present one are shown', () => {
  const plan = Array.from({ length: 40 }, (_, index) => ({ weight: index + 1 }));
  const lines = view(rollout({ plan, stepNumber: 20 }), 41);
  expect(lines).toContain('... > 19% > [20%] > 21% > 22% > ...');
});

test('the view leaves a row of the terminal for the cursor', () => {
  expect(view(rollout(), 80, 5)).toHaveLength(4);
  expect(view(rollout(), 80, 1)).toHaveLength(1);
});

test('without colours no line has a control character', () => {
  expect(view(rollout()).join('')).not.toMatch(/\p{Cc}/u);
});
