import { afterEach, expect, test, vi } from 'vitest';
import { followRollout } from '../../../../infra/deploy/rollout/follow.ts';
import { follow, PassingClock } from './following.ts';
import { Screen } from './screen.ts';
import { pausedRollout, rollout } from './states.ts';

const promoting = { phase: 'promoting', step: null };
const first = { stepNumber: 1, weight: 5 };

afterEach(() => vi.unstubAllEnvs());

test('a log gets a line at once at each change of step or phase, and one every 10 s', async () => {
  const { written, end } = await follow({ 0: first, 13: {}, 30: pausedRollout(), 33: promoting });
  expect(end).toEqual({ kind: 'promoting' });
  expect(written.map(([seconds, text]) => [seconds, text.split(' | ')[0]])).toEqual([
    [0, 'rollout r42: progressing, step 1 of 3, canary at 5%'],
    [10, 'rollout r42: progressing, step 1 of 3, canary at 5%'],
    [14, 'rollout r42: progressing, step 2 of 3, canary at 25%'],
    [24, 'rollout r42: progressing, step 2 of 3, canary at 25%'],
    [30, 'rollout r42: paused, step 2 of 3, canary at 25%'],
    [34, 'rollout r42: promoting, step 2 of 3, canary at 25%'],
  ]);
  for (const [, text] of written) expect(text).toMatch(/^[^\n]+\n$/);
});

test('a line of a log says both tracks, the judge and the time; the first of a step, why it began', async () => {
  const { written } = await follow({ 0: {}, 11: promoting });
  const [[, begun] = [0, ''], [, later] = [0, '']] = written;
  const words = [
    'canary: 1,204 requests, 3 errors (0.25%), p95 41 ms',
    'stable: 3,611 requests, 8 errors (0.22%), p95 39 ms',
    'judge: inconclusive: 3 of 1204 canary requests (0.2%) failed: not enough data yet',
  ];
  for (const text of words) expect(begun).toContain(` | ${text}`);
  for (const text of words) expect(later).toContain(` | ${text}`);
  expect(begun).toContain(' | at least 4 min 10 s more, then 100% once the judge finds');
  expect(begun).toContain(
    'by monitor-web-1 at 2026-03-01 10:05:40 UTC: rollout r42 at step 2 of 3',
  );
  expect(later).not.toContain('by monitor-web-1');
});

test('a rollout that succeeded while nobody looked has succeeded', async () => {
  const { end } = await follow({ 0: { phase: 'succeeded', step: null } });
  expect(end).toEqual({ kind: 'succeeded' });
});

test('an aborted rollout ends with its reason, the evidence and the numbers of both tracks', async () => {
  const evidence = '45 of 300 canary requests (15.0%) failed';
  const text = `canary 2 fails requests that stable serves: ${evidence}`;
  const begun = { event: 'canary-ejected', text, by: 'monitor-web-1', at: 0 };
  const aborted = {
    phase: 'aborted',
    step: null,
    begun,
    evidence: [evidence, 'since\u001b[2J 10:00'],
  };
  const { end } = await follow({ 0: {}, 5: aborted });
  expect(end).toEqual({
    kind: 'aborted',
    reason: text,
    evidence: [
      'since 10:00',
      'canary: 1,204 requests, 3 errors (0.25%), p95 41 ms',
      'stable: 3,611 requests, 8 errors (0.22%), p95 39 ms',
    ],
  });
});

test('an aborted rollout whose event is gone has the reason of the last change', async () => {
  const { end } = await follow({ 0: { phase: 'aborted', step: null, begun: null, traffic: null } });
  const reason = 'rollout r42 at step 2 of 3, weight 25; step 1 was safe';
  expect(end).toEqual({ kind: 'aborted', reason, evidence: [] });
});

test('a rollout that another one replaced ends with its name', async () => {
  const { end } = await follow({ 0: {}, 5: { rolloutId: 'r43' } });
  expect(end).toEqual({ kind: 'replaced', by: 'r43' });
});

test('a monitor that is replaced and a leader that changes end nothing', async () => {
  const unjudged = { isJudged: false, verdict: null };
  const gone = new Error('Command failed: ssh\nno healthy monitor');
  const { end, written } = await follow({ 0: {}, 5: gone, 61: unjudged, 75: {}, 80: promoting });
  expect(end).toEqual({ kind: 'promoting' });
  const lines = written.map(([, text]) => text).join('');
  expect(lines).toMatch(/ \| status not available for \d+ s: no healthy monitor \| /);
  expect(lines).toContain('no monitor judges the canary now');
});

test('a status that is unavailable for a minute ends the following', async () => {
  const { end, endSeconds } = await follow({ 0: {}, 7: new Error('ssh: connection refused') });
  expect(end).toEqual({ kind: 'lost', reason: 'ssh: connection refused' });
  expect(endSeconds).toBe(66);
});

test('a status that was never available is shown, and ends the following too', async () => {
  const { end, written } = await follow({ 0: new Error('no healthy monitor') });
  expect(end).toEqual({ kind: 'lost', reason: 'no healthy monitor' });
  expect(written[1]).toEqual([
    10,
    'rollout r42: status not available for 10 s: no healthy monitor\n',
  ]);
});

test('output that is no status counts as unavailable', async () => {
  const { end } = await follow({ 0: {} }, { perch: async () => 'Usage: perch rollout' });
  expect(end).toMatchObject({ kind: 'lost', reason: expect.stringContaining('Usage') });
});

test('a perch that never answers ends the following after a minute', async () => {
  const { end, endSeconds } = await follow({ 0: {}, 5: 'silence' });
  expect(end).toEqual({ kind: 'lost', reason: 'perch rollout status did not answer' });
  expect(endSeconds).toBe(64);
});

test('the time limit leaves the rollout', async () => {
  const { end, endSeconds } = await follow({ 0: {} }, { timeoutMs: 12_500 });
  expect(end).toEqual({ kind: 'left' });
  expect(endSeconds).toBe(12.5);
});

test('a signal leaves the rollout, also while perch does not answer', async () => {
  const cancelled = new AbortController();
  const clock = new PassingClock();
  const perch = async () => {
    cancelled.abort();
    return await new Promise<string>(() => undefined);
  };
  const { end, written } = await follow({}, { signal: cancelled.signal, clock, perch });
  expect(end).toEqual({ kind: 'left' });
  expect(written).toEqual([]);
  expect(await follow({}, { signal: cancelled.signal })).toMatchObject({ end: { kind: 'left' } });
});

test('perch is asked for nothing but the status', async () => {
  const asked: unknown[] = [];
  const perch = async (words: readonly string[]) => {
    asked.push(words);
    return JSON.stringify(rollout(promoting));
  };
  await follow({}, { perch });
  expect(asked).toEqual([['rollout', 'status', '--json']]);
});

test('a terminal shows the view in place, without colours if NO_COLOR is set', async () => {
  vi.stubEnv('NO_COLOR', '1');
  vi.stubEnv('TERM', 'xterm');
  const screen = new Screen();
  screen.write('$ npx perch deploy\n');
  await follow({ 0: first, 9: {}, 14: promoting }, { output: screen });
  expect(screen.text.slice(0, 3)).toEqual([
    '$ npx perch deploy',
    'shop: rollout r42 promoting, step 2 of 3, canary at 25%',
    '5% > 25% > 100% > [promotion]',
  ]);
  expect(screen.text.filter((line) => line.includes('rollout r42 '))).toHaveLength(2);
  expect(screen.text.at(-1)).toBe('');
  // eslint-disable-next-line no-control-regex -- colours are control sequences
  expect(screen.written).not.toMatch(/\u001b\[[\d;]*m/);
});

test('a terminal shows colours by default, and its times count down between two reads', async () => {
  vi.stubEnv('NO_COLOR', '');
  vi.stubEnv('TERM', 'xterm');
  const screen = new Screen();
  await follow({ 0: {}, 8: promoting }, { output: screen, intervalMs: 5_000 });
  // eslint-disable-next-line no-control-regex -- colours are control sequences
  expect(screen.written).toMatch(/\u001b\[1mshop: rollout r42/);
  for (const seconds of [10, 9, 8]) {
    expect(screen.written).toContain(`at least 4 min${seconds === 0 ? '' : ` ${seconds} s`} more`);
  }
});

test('after a signal a terminal keeps the view, and the cursor stands below it', async () => {
  vi.stubEnv('TERM', 'xterm');
  const cancelled = new AbortController();
  const screen = new Screen();
  const clock = new PassingClock();
  let reads = 0;
  await followRollout({
    rolloutId: 'r42',
    output: screen,
    signal: cancelled.signal,
    clock,
    perch: async () => {
      reads += 1;
      if (reads === 3) {
        screen.write('deploy: SIGINT: stopping\n');
        cancelled.abort();
      }
      return JSON.stringify(rollout());
    },
  });
  expect(screen.text.slice(-3)).toEqual([
    'Ctrl-C leaves the rollout as it is.',
    'deploy: SIGINT: stopping',
    '',
  ]);
});

test('a terminal that cannot move its cursor gets lines', async () => {
  vi.stubEnv('TERM', 'dumb');
  const screen = new Screen(200);
  await follow({ 0: first, 3: promoting }, { output: screen });
  expect(screen.written).not.toContain('\u001b');
  expect(screen.written.trim().split('\n')).toHaveLength(2);
});
