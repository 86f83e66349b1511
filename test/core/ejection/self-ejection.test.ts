import { describe, expect, test } from 'vitest';
import { ejectionOf } from '../../../runtime/core/ejection/ejection.ts';
import type { Member, ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { ejectItself } from '../../../runtime/core/ejection/self-ejection.ts';
import { reinstate } from '../../../runtime/core/release/transitions.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const canary = (id: string, state: Member['state'] = 'active') =>
  member(id, 20_000 + Number(id.at(-1)), { version: '2.0.0', host: 'host-2', state });
const document = (...members: Member[]) =>
  releaseDocument({
    phase: 'progressing',
    weight: 25,
    members: [member('stable-1', 20_009), ...members],
  });
const ejection = (at: ReleaseDocument, memberId: string, nowMs = 1_000) =>
  ejectItself(at, { memberId, reason: 'it is unhealthy' }, nowMs);
const left = (at: ReleaseDocument, memberId: string, nowMs?: number): ReleaseDocument => {
  const transition = ejection(at, memberId, nowMs);
  if (transition.kind !== 'changed') throw new Error(`it is ${transition.kind}`);
  return transition.document;
};

describe('a canary that ejects itself', () => {
  test('the last canary member that ejects itself ejects the whole canary', () => {
    const transition = ejection(document(canary('canary-1')), 'canary-1');
    expect(transition).toMatchObject({
      kind: 'changed',
      event: 'canary-ejected',
      document: { weight: 0, phase: 'aborted', reason: 'canary ejected itself: it is unhealthy' },
    });
  });

  test('a canary member that ejects itself leaves the others their share', () => {
    const transition = ejection(document(canary('canary-1'), canary('canary-2')), 'canary-1');
    expect(transition).toMatchObject({
      event: 'member-ejected',
      document: { weight: 25, phase: 'progressing' },
    });
  });

  test('a self-ejection records everything that people need', () => {
    expect(ejectionOf(left(document(canary('canary-1')), 'canary-1'))).toEqual({
      incidentId: 'canary-ejected|canary|1000',
      flags: [],
      details: {
        summary: 'canary ejected itself: it is unhealthy',
        actions: ['canary canary-1 ejected (weight 25 to 0)'],
        cause: 'ejected itself',
        track: 'canary',
        version: '2.0.0',
        host: 'host-2',
        member: 'canary-1',
        sinceMs: 1_000,
      },
    });
  });

  test('self-ejections one after the other are one incident until a member is reinstated', () => {
    const both = document(canary('canary-1'), canary('canary-2'));
    const first = left(both, 'canary-1', 1_000);
    const second = left(first, 'canary-2', 2_000);
    expect(ejectionOf(second)?.incidentId).toBe('canary-ejected|canary|1000');
    const back = reinstate(second, undefined, 'healthy again');
    if (back.kind !== 'changed') throw new Error('it was out');
    expect(ejectionOf(left(back.document, 'canary-1', 3_000))?.incidentId).toBe(
      'canary-ejected|canary|3000',
    );
  });

  test.each([
    ['a stable member', 'stable-1'],
    ['one that was drained before', 'canary-2'],
    ['one that is ejected already', 'canary-3'],
    ['one that is not known', 'canary-9'],
  ])('a self-ejection never ejects %s', (_what, id) => {
    const others = [canary('canary-2', 'draining'), canary('canary-3', 'ejected')];
    expect(ejection(document(canary('canary-1'), ...others), id)).toEqual({ kind: 'unchanged' });
  });
});
