import { expect, test } from 'vitest';
import type { Incident } from '../../../runtime/core/alerting/incident.ts';
import { noCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import { ejectionResolution } from '../../../runtime/monitor/judge/resolutions.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import { verdictOn } from '../../support/judge/verdict.ts';

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

const canaryCounts = { ...noCounts, requests: 250 };
const verdict = verdictOn([{ startMs: 0, weight: 25, stable: noCounts, canary: canaryCounts }]);

const canary = (state: 'active' | 'ejected', version = '2') =>
  member('canary-1', 20_000, { state, version });

test('the ejection by a rule of a canary with safe requests is not resolved by the safe verdict', () => {
  const document = releaseDocument({ members: [canary('ejected')], weight: 0 });
  expect(verdict.kind).toBe('safe');
  expect(ejectionResolution(ejection, document, { verdict })).toBeUndefined();
});

test('a self-ejection is not resolved while other members of the version do well', () => {
  const document = releaseDocument({
    members: [canary('ejected'), member('canary-2', 20_001, { version: '2' })],
    weight: 25,
  });
  const { details } = ejection;
  const alone = { ...ejection, details: { ...details, member: 'canary-1' } };
  expect(ejectionResolution(alone, document, { verdict })).toBeUndefined();
});

test('the ejection of a canary that is reinstated without a share is not resolved', () => {
  const document = releaseDocument({ members: [canary('active')], weight: 0 });
  expect(ejectionResolution(ejection, document, { verdict })).toBeUndefined();
});

test('the ejection of a canary that has a share again and is judged safe is resolved', () => {
  const document = releaseDocument({ members: [canary('active')], weight: 25 });
  const recovery = ejectionResolution(ejection, document, { verdict });
  expect(recovery?.summary).toBe('canary 2 is back and judged safe');
});

test('the ejection is resolved when no member of its version is left', () => {
  const document = releaseDocument({ members: [canary('active', '3')], weight: 25 });
  const recovery = ejectionResolution(ejection, document, { verdict: undefined });
  expect(recovery?.summary).toBe('canary 2 is gone');
});
