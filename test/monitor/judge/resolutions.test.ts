import { expect, test } from 'vitest';
import type { Incident } from '../../../runtime/core/alerting/incident.ts';
import { noCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import { ejectionResolution } from '../../../runtime/monitor/judge/resolutions.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import { verdictOn } from '../../support/verdict.ts';

const ejection: Incident = {
  id: 'canary-ejected|canary|1',
  rule: 'canary-ejected',
  subject: 'canary',
  openedAt: 1,
  alertedAt: 1,
  resolvedAt: null,
  revision: 1,
  details: { summary: 'memory use of canary-1 is 656 MB', actions: [], version: '2' },
};

const canaryCounts = { ...noCounts, requests: 100 };
const verdict = verdictOn([{ startMs: 0, weight: 25, stable: noCounts, canary: canaryCounts }]);

const canary = (state: 'active' | 'ejected', version = '2') =>
  member('canary-1', 20_000, { state, version });

test('a canary that a rule took out, though its requests were safe, is not back by that', () => {
  const document = releaseDocument({ members: [canary('ejected')], weight: 0 });
  expect(verdict.kind).toBe('safe');
  expect(ejectionResolution(ejection, document, { verdict })).toBeUndefined();
});

test('a member that ejected itself is not back while the others of its version do well', () => {
  const document = releaseDocument({
    members: [canary('ejected'), member('canary-2', 20_001, { version: '2' })],
    weight: 25,
  });
  const { details } = ejection;
  const alone = { ...ejection, details: { ...details, member: 'canary-1' } };
  expect(ejectionResolution(alone, document, { verdict })).toBeUndefined();
});

test('a canary that is reinstated and has no share yet is not back', () => {
  const document = releaseDocument({ members: [canary('active')], weight: 0 });
  expect(ejectionResolution(ejection, document, { verdict })).toBeUndefined();
});

test('a canary that has its share again and is judged safe is back', () => {
  const document = releaseDocument({ members: [canary('active')], weight: 25 });
  const recovery = ejectionResolution(ejection, document, { verdict });
  expect(recovery?.summary).toBe('canary 2 is back and judged safe');
});

test('the ejection is over when no member of its version is left', () => {
  const document = releaseDocument({ members: [canary('active', '3')], weight: 25 });
  const recovery = ejectionResolution(ejection, document, { verdict: undefined });
  expect(recovery?.summary).toBe('canary 2 is gone');
});
