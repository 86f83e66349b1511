import { expect, test } from 'vitest';
import { Recorder } from '../../rehearsal/report.ts';
import { checkNoneFailedElsewhere } from '../../rehearsal/stage.ts';
import { RequestCounts } from '../../rehearsal/traffic/request-counts.ts';
import type { Answer } from '../../rehearsal/traffic/send-request.ts';

const answer: Answer = { dueAt: 0, durationMs: 1, kind: { path: '/' }, proxyPort: 1 };
const ofCanary = { track: 'canary', failure: 'status 500' } as const;

function lastCheck(...answers: readonly Partial<Answer>[]) {
  const recorder = new Recorder();
  const counts = new RequestCounts();
  for (const one of answers) counts.add({ ...answer, ...one });
  checkNoneFailedElsewhere({ traffic: { counts }, recorder });
  return recorder.report('steady', counts).checks.at(-1);
}

test('a canary that somebody has broken fails no rehearsal without a scenario', () => {
  expect(lastCheck({ track: 'canary' })).toMatchObject({ name: 'failed requests', ok: true });
  expect(lastCheck(ofCanary, ofCanary)).toEqual({
    name: 'failed requests, without 2 that the canary answered',
    ok: true,
    expected: 0,
    actual: 0,
  });
});

test('any other failed request does', () => {
  const ofStable = { track: 'stable', failure: 'status 500' } as const;
  expect(lastCheck(ofStable)).toMatchObject({ ok: false, actual: '1 (1 status 500)' });
  expect(lastCheck(ofCanary, ofStable, { failure: 'ECONNRESET' })).toMatchObject({
    name: 'failed requests, without 1 that the canary answered',
    ok: false,
    actual: '2 (all: 2 status 500, 1 ECONNRESET)',
  });
});
