import { describe, expect, test } from 'vitest';
import { noCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import {
  ejectionOf,
  releaseEvidence,
  type Ejection,
} from '../../../runtime/core/ejection/ejection.ts';
import { crashVerdict, ejectionFor } from '../../../runtime/core/ejection/ejection-reasons.ts';
import type { HardFailure } from '../../../runtime/core/analysis/hard-failures.ts';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import { evaluationOf } from '../../support/judge/evaluation.ts';
import { trialOf } from '../../support/judge/trial.ts';
import { verdictOn } from '../../support/judge/verdict.ts';

const members = [
  member('stable-1', 20_001, { host: 'host-1' }),
  member('canary-0', 20_002, { host: 'host-2', version: '2', state: 'draining' }),
  member('canary-1', 20_003, { host: 'host-3', version: '2' }),
];
const context = {
  document: releaseDocument({ members, weight: 25, rolloutId: 'r7' }),
  trial: trialOf({ versions: ['2', '2-hotfix'], startedAt: 100_000 }),
  nowMs: 160_000,
};

const verdictOf = ({ failures = 0, slowMs = 10, hardFailures = [] as HardFailure[] }) => {
  const stable = { ...noCounts, requests: 300, latency: new Map([[latencyBin(10), 300]]) };
  const canary = {
    ...noCounts,
    requests: 100,
    failures,
    latency: new Map([[latencyBin(slowMs), 100]]),
  };
  return verdictOn([{ startMs: 130_000, weight: 25, stable, canary }], { hardFailures });
};
const byVerdict = (given: Parameters<typeof verdictOf>[0]) =>
  ejectionFor(
    {
      kind: 'verdict',
      verdict: verdictOf(given),
      actions: [{ kind: 'eject-canary' }, { kind: 'kill-flag', flag: 'new_feature' }],
    },
    context,
  );
const byDeadline = (sentence: string, given = context) =>
  ejectionFor({ kind: 'deadline', sentence, evidence: '0 of 12 canary requests failed' }, given);

describe('an ejection by a verdict', () => {
  test('an ejection by a verdict records the event, the actions, the place and the evidence', () => {
    expect(byVerdict({ failures: 40 })).toEqual({
      incidentId: 'canary-ejected|canary|160000',
      flags: ['new_feature'],
      details: {
        summary: 'canary 2, 2-hotfix fails requests that stable serves',
        actions: ['canary ejected (weight 25 to 0)'],
        cause: 'errors',
        sinceMs: 130_000,
        track: 'canary',
        version: '2, 2-hotfix',
        host: 'host-3',
        evidence: verdictOf({ failures: 40 }).sentence,
      },
    });
  });

  test('an ejection for latency names the cause and the evidence, and no e-value', () => {
    const { details } = byVerdict({ slowMs: 900 });
    expect(details).toMatchObject({
      summary: 'canary 2, 2-hotfix is slower than stable',
      cause: 'latency',
      evidence: verdictOf({ slowMs: 900 }).sentence,
    });
    expect(details).not.toHaveProperty('measured');
  });

  test('an ejection by a verdict lasts since the harm began, not since the trial began', () => {
    const verdict = verdictOf({ failures: 40 });
    const evidence = { ...verdict.evidence, sinceMs: 150_000 };
    const reason = { kind: 'verdict', verdict: { ...verdict, evidence }, actions: [] } as const;
    expect(ejectionFor(reason, context).details.sinceMs).toBe(150_000);
  });

  test('an ejection by a hard failure records the failure and no measurement', () => {
    const sentence = 'canary member canary-1 crashed 3 times';
    const hardFailure: HardFailure = { kind: 'crash-loop', member: 'canary-1', sentence };
    const { details } = byVerdict({ hardFailures: [hardFailure] });
    expect(details).toMatchObject({ summary: sentence, cause: 'crash-loop' });
    expect(details).not.toHaveProperty('measured');
    expect(details).not.toHaveProperty('evidence');
  });

  test('the verdict on a crashed canary names the crash, and keeps the counts', () => {
    const verdict = verdictOf({ failures: 40 });
    const crash = crashVerdict(verdict, ['canary-1', 'canary-2']);
    expect(crash).toMatchObject({
      kind: 'harmful',
      sentence: 'canary canary-1, canary-2 crashed: it accepts no connections',
      evidence: { ...verdict.evidence, rule: 'unhealthy' },
    });
  });
});

test('an ejection by a rule records the measurement, the member and the flags', () => {
  const about = { host: 'host-9', member: 'canary-1', track: 'canary', version: '2' } as const;
  const evaluation = evaluationOf({
    about,
    actions: ['eject-canary', 'kill-flag'],
    sinceMs: 150_000,
  });
  expect(ejectionFor({ kind: 'rule', evaluation }, context)).toEqual({
    incidentId: 'canary-ejected|canary|160000',
    flags: ['new_feature'],
    details: {
      summary: 'memory use of canary-1 is 520 MB, above 500 MB',
      actions: ['canary ejected (weight 25 to 0)'],
      cause: 'container-memory',
      measured: {
        metric: 'container.memory-bytes',
        value: 520e6,
        threshold: 500e6,
        unit: 'bytes',
      },
      sinceMs: 150_000,
      ...about,
    },
  });
});

test('an ejection at a deadline names the rollout and the reason, and switches off no flag', () => {
  const reason = 'step 2 was inconclusive until its deadline';
  const { flags, details } = byDeadline(reason);
  expect(flags).toEqual([]);
  expect(details).toMatchObject({
    summary: 'rollout r7 aborted: step 2 was inconclusive until its deadline',
    cause: 'deadline',
    evidence: '0 of 12 canary requests failed',
    sinceMs: 100_000,
  });
});

test('an ejection without an active canary member names no host', () => {
  const document = releaseDocument({ members: members.slice(0, 2) });
  const { details } = byDeadline('late', { ...context, document });
  expect(details).not.toHaveProperty('host');
});

describe('the evidence of a document', () => {
  const ejection: Ejection = byVerdict({ failures: 40 });

  test('the evidence of a document holds the ejection beside the details', () => {
    const evidence = releaseEvidence({ kind: 'harmful' }, ejection);
    expect(evidence['kind']).toBe('harmful');
    expect(ejectionOf({ evidence })).toEqual(ejection);
  });

  test('the evidence of a document leaves out undefined values', () => {
    expect(releaseEvidence({ kind: 'safe', sentence: undefined })).toEqual({ kind: 'safe' });
  });

  test.each([
    ['is none', null],
    ['is of no ejection', { kind: 'safe' }],
    ['is of another shape', { ejection: { incidentId: 7 } }],
  ])('a document records no ejection if its evidence %s', (_what, evidence) => {
    expect(ejectionOf({ evidence })).toBeUndefined();
  });
});
