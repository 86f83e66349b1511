import { expect, test } from 'vitest';
import { overviewSummary } from '../../../runtime/console/views/overview-summary.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const nowMs = 10_000_000;
const input = {
  service: 'shop',
  condition: 'fresh' as const,
  document: releaseDocument({ members: [member('stable-1', 20_001, { version: '2.0.0' })] }),
  lostGeneration: null,
  liveProxies: 1,
  silentProxies: [],
  silentHosts: [],
  isInMaintenance: false,
  judge: undefined,
  incidents: [],
  begun: undefined,
  nowMs,
};

test('the summary of an unreachable Redis gives the last known state as such', () => {
  expect(overviewSummary({ ...input, condition: 'unreachable' })).toMatchObject({
    tone: 'unknown',
    sentence:
      'Redis does not respond. This is the last known state: Stable 2.0.0 has all of the traffic. ' +
      'Nothing is being rolled out.',
  });
});

test('the summary says that a service has no release yet', () => {
  const { sentence, next } = overviewSummary({ ...input, document: null, condition: 'waiting' });
  expect(sentence).toBe('Service shop has no release yet.');
  expect(next).toHaveLength(1);
});

test('the summary names silent proxies and hosts, and a maintenance', () => {
  const silent = { id: 'web-1-0-abcdef', host: 'web-1', lastReportMs: nowMs - 120_000 };
  const summary = overviewSummary({
    ...input,
    silentProxies: [silent],
    silentHosts: ['web-2'],
    isInMaintenance: true,
  });
  expect(summary.tone).toBe('warning');
  expect(summary.detail).toBe(
    'The service is in maintenance: requests get 503. Proxy web-1-0-abcdef is silent for 2 min. ' +
      'The monitor of host web-2 is silent.',
  );
});

test('the summary without a live proxy is bad, and without reports it claims nothing', () => {
  expect(overviewSummary({ ...input, liveProxies: 0 })).toMatchObject({
    tone: 'bad',
    sentence: expect.stringMatching(/^No proxy is live\. /),
  });
  expect(overviewSummary({ ...input, liveProxies: null }).tone).toBe('good');
});

test('the summary of a lost release says how to store it again', () => {
  const { next } = overviewSummary({ ...input, condition: 'regressed', lostGeneration: 9 });
  expect(next).toEqual([
    'Redis lost generation 9 of the release, which live proxies apply: store it again with `perch restore`',
  ]);
});
