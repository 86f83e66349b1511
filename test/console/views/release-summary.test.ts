import { expect, test } from 'vitest';
import type { StoredJudgeStatus } from '../../../runtime/core/analysis/judge-status.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import {
  releaseSummary,
  type SummaryInput,
} from '../../../runtime/console/views/release-summary.ts';
import { details, opening } from '../../support/judge/incident.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import { steps } from '../staged-release.ts';

const minuteMs = 60_000;
const nowMs = 100 * minuteMs;

const stable = member('stable-1', 20_001, { version: '2.0.0' });
const canary = member('canary-1', 20_002, { version: '2.1.0' });

/** A canary on its second step, 4 minutes after the step began. */
const secondStep: Partial<ReleaseDocument> = {
  rolloutId: 'r-1',
  phase: 'progressing',
  weight: 25,
  step: 1,
  plan: steps,
  stepStartedAt: nowMs - 4 * minuteMs,
  members: [stable, canary],
};

function judge(kind: 'safe' | 'harmful' | 'inconclusive', sentence: string): StoredJudgeStatus {
  return { at: nowMs, leader: 'm1', near: [], verdict: { kind, sentence, evidence: {} } };
}

const unsure = judge('inconclusive', '0 of 12 canary requests (0.0%) failed: not enough data yet');

function summaryOf(document: Partial<ReleaseDocument>, given: Partial<SummaryInput> = {}) {
  return releaseSummary({
    document: releaseDocument(document),
    judge: unsure,
    incidents: [],
    begun: undefined,
    nowMs,
    ...given,
  });
}

test('the summary of a step names share, step, time left, and the verdict', () => {
  expect(summaryOf(secondStep)).toEqual({
    tone: 'busy',
    sentence: 'Canary 2.1.0 has 25%, step 2 of 4, 6 min left, judge: not enough data yet.',
    detail:
      '0 of 12 canary requests (0.0%) failed: not enough data yet. After that, once it is judged ' +
      'safe, it goes on to 50%. Otherwise the rollout pauses in 26 min.',
    next: [],
    incidentId: null,
  });
});

test('the summary of a step past its least time names the deadline', () => {
  const { sentence } = summaryOf({ ...secondStep, stepStartedAt: nowMs - 12 * minuteMs });
  expect(sentence).toContain('at most 18 min left');
});

test('the summary says that nobody judges, and never takes that for safe', () => {
  const { tone, sentence, next } = summaryOf(secondStep, { judge: undefined });
  expect({ tone, sentence }).toEqual({
    tone: 'warning',
    sentence: 'Canary 2.1.0 has 25%, step 2 of 4, 6 min left, judge: none.',
  });
  expect(next).toHaveLength(1);
  expect(summaryOf(secondStep, { judge: null }).sentence).toContain('judge: unknown');
});

test('the summary of a pause says since when, why, and that a person decides', () => {
  const at = nowMs - 5 * minuteMs;
  const text = 'rollout r-1 paused at step 2 of 4: waiting for the translators';
  const begun = { id: '1-1', at, type: 'rollout-paused', text, by: 'ada@laptop' };
  expect(summaryOf({ ...secondStep, phase: 'paused' }, { begun })).toMatchObject({
    tone: 'warning',
    sentence:
      'Canary 2.1.0 is paused at step 2 of 4 with 25% for 5 min, judge: not enough data yet.',
    detail:
      'Waiting for the translators (ada@laptop). 0 of 12 canary requests (0.0%) failed: not enough data yet.',
    next: ['Resume, promote or abort the rollout: it stays as it is until you do'],
  });
});

test('the summary of an ejected canary has the verdict, the incident and the next step', () => {
  const { incident } = opening('canary-ejected', 'canary', nowMs - 3 * minuteMs);
  const evidence = '12 of 48 canary requests (25.0%) failed';
  const about = details({ evidence, nextSteps: ['Nothing is urgent', 'Read its logs'] });
  const document = {
    ...secondStep,
    phase: 'aborted' as const,
    weight: 0,
    updatedBy: 'monitor m1',
    members: [stable, { ...canary, state: 'ejected' as const }],
  };
  expect(summaryOf(document, { incidents: [{ ...incident, details: about }] })).toEqual({
    tone: 'bad',
    sentence: 'Canary 2.1.0 was ejected 3 min ago. Stable 2.0.0 has all of the traffic.',
    detail: '12 of 48 canary requests (25.0%) failed (monitor m1).',
    next: ['Nothing is urgent'],
    incidentId: incident.id,
  });
});

test('the summary without a canary says that nothing is being rolled out', () => {
  expect(summaryOf({ members: [stable] })).toMatchObject({
    tone: 'good',
    sentence: 'Stable 2.0.0 has all of the traffic. Nothing is being rolled out.',
    next: [],
  });
});

test('the summary without an active stable member is bad', () => {
  const draining = { ...stable, state: 'draining' as const };
  expect(summaryOf({ members: [draining] })).toMatchObject({
    tone: 'bad',
    sentence: 'No stable member is active.',
  });
});

test('the summary counts open incidents and names the first step of the newest', () => {
  const { incident } = opening('host-disk', 'host-1:/');
  const disk = { ...incident, details: details({ nextSteps: ['Free space', 'Or enlarge it'] }) };
  expect(summaryOf({ members: [stable] }, { incidents: [disk] })).toMatchObject({
    tone: 'warning',
    sentence:
      'Stable 2.0.0 has all of the traffic. Nothing is being rolled out. 1 incident is open.',
    next: ['Free space'],
    incidentId: disk.id,
  });
});

test('the summary of a promoted canary says what it waits for', () => {
  const { sentence, next } = summaryOf({ ...secondStep, phase: 'promoting' });
  expect(sentence).toBe('Canary 2.1.0 is promoted with 25% and waits to become stable.');
  expect(next).toHaveLength(1);
});
