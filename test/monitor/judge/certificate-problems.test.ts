import { expect } from 'vitest';
import {
  afterFailure,
  afterSuccess,
  firstStatus,
  withCertificate,
  type FailureInDns,
} from '../../../runtime/core/edge/certificate-status.ts';
import { certificateProblems } from '../../../runtime/monitor/judge/certificate-problems.ts';
import { CertificateStatusStore } from '../../../runtime/store/edge/certificate-status-store.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { test } from '../../support/judge/judge-stage.ts';

const host = 'shop.example.com';
const dayMs = 86_400_000;
const refused: FailureInDns = { kind: 'refused', text: 'the name is on a list of high risk' };
const misdirected: FailureInDns = {
  kind: 'validation',
  text: '203.0.113.9: Invalid response from http://shop.example.com/: 404',
  found: '203.0.113.9',
  expected: '198.51.100.4',
};
const certificate = { id: 'one', notBeforeMs: 0, notAfterMs: 90 * dayMs };

function summaries(status: ReturnType<typeof firstStatus>, nowMs: number): string[] {
  const inputs = {
    certificates: [status],
    reports: [{ id: 'edge-1-0-a1b2c3', acme: true }],
    nowMs,
  };
  return certificateProblems(inputs).map(({ rule, details }) => `${rule}: ${details.summary}`);
}

test('a host whose DNS points elsewhere is named with what was found and what was expected', () => {
  expect(summaries(afterFailure(firstStatus(host), misdirected, 0), 1)).toEqual([
    'host-misdirected: shop.example.com has no certificate: shop.example.com does not point to the ' +
      'proxies: DNS has 203.0.113.9, expected 198.51.100.4; the authority says: ' +
      '203.0.113.9: Invalid response from http://shop.example.com/: 404',
  ]);
  const { expected: _unknown, ...unsaid } = misdirected;
  expect(summaries(afterFailure(firstStatus(host), unsaid, 0), 1)[0]).toContain(
    'did not find a proxy at shop.example.com, for which DNS has 203.0.113.9',
  );
  const closed = { ...misdirected, found: '198.51.100.4', text: 'Timeout during connect' };
  expect(summaries(afterFailure(firstStatus(host), closed, 0), 1)[0]).toContain(
    'DNS has 198.51.100.4 for shop.example.com as expected, but the authority did not find a proxy at its port 80',
  );
});

test('a refused order has the words of the authority', () => {
  expect(summaries(afterFailure(firstStatus(host), refused, 0), 1)).toEqual([
    'certificate-failed: shop.example.com has no certificate: the authority refused the order and ' +
      'says: the name is on a list of high risk',
  ]);
});

test('an order that waits for proxies without https is an incident that names them', () => {
  const waiting = 'these proxies answer no challenges yet: web-2';
  const [problem] = certificateProblems({
    certificates: [{ ...firstStatus(host), waiting }],
    reports: [{ id: 'edge-1-0-a1b2c3', acme: true }],
    nowMs: 1,
  });
  expect(problem).toMatchObject({
    rule: 'certificate-failed',
    subject: host,
    details: {
      summary: `${host} has no certificate: ${waiting}`,
      actions: ['a proxy orders as soon as all of them do'],
    },
  });
});

test('an authority that did not answer once or twice is no incident yet', () => {
  const down: FailureInDns = { kind: 'unreachable', text: 'acme.test: no answer in 30 s' };
  const once = afterFailure(firstStatus(host), down, 0);
  const twice = afterFailure(once, down, 0);
  expect(summaries(once, 1)).toEqual([]);
  expect(summaries(twice, 1)).toEqual([]);
  expect(summaries(afterFailure(twice, down, 0), 1)[0]).toContain('no answer in 30 s');
});

test('a renewal that fails is an incident 14 days and another one 3 days before the end', () => {
  const status = afterFailure(withCertificate(firstStatus(host), certificate), refused, 60 * dayMs);
  const rulesAt = (day: number) => summaries(status, day * dayMs).map((text) => text.split(':')[0]);
  expect(rulesAt(70)).toEqual([]);
  expect(rulesAt(76.5)).toEqual(['certificate-expiring']);
  expect(rulesAt(87.5)).toEqual(['certificate-expiring', 'certificate-expiring-soon']);
  expect(summaries(status, 76.5 * dayMs)[0]).toBe(
    'certificate-expiring: the certificate for shop.example.com ends in 13 d 12 h (1970-04-01) and ' +
      'was not renewed: the authority refused the order and says: the name is on a list of high risk',
  );
  expect(summaries(status, 91 * dayMs)[1]).toContain('ended on 1970-04-01, so clients refuse');
});

test('a stack whose proxies use no ACME any more has no such incident', () => {
  const status = afterFailure(firstStatus(host), refused, 0);
  expect(
    certificateProblems({ certificates: [status], reports: [{ id: 'edge-1-0-a1b2c3' }], nowMs: 1 }),
  ).toEqual([]);
});

test('the own certificate of a service is an incident 14 and 3 days before its end, until a newer one is there', () => {
  const old = { revision: 1, notBeforeMs: 0, notAfterMs: 365 * dayMs };
  const problemsAt = (day: number, ...others: object[]) => {
    const reports = [old, ...others].map((own) => ({
      id: 'edge-1-0-a1b2c3',
      ownCertificates: { blog: own as typeof old },
    }));
    const inputs = { certificates: [], reports, nowMs: day * dayMs };
    return certificateProblems(inputs).map(({ rule, subject }) => `${rule} ${subject}`);
  };
  expect(problemsAt(350)).toEqual([]);
  expect(problemsAt(352)).toEqual(['certificate-expiring own:blog']);
  expect(problemsAt(363)).toEqual([
    'certificate-expiring own:blog',
    'certificate-expiring-soon own:blog',
  ]);
  expect(problemsAt(363, { ...old, revision: 2, notAfterMs: 700 * dayMs })).toEqual([]);
  expect(problemsAt(363, { revision: 2 })).toEqual([]);
});

test('the certificate that proxies read from files is an incident before its end, by their host', () => {
  const problemsAt = (day: number, ...ends: number[]) =>
    certificateProblems({
      certificates: [],
      reports: ends.map((end, slot) => ({
        id: `edge-1-${slot}-a1b2c3`,
        fileCertificate: { hosts: [host], notBeforeMs: 0, notAfterMs: end * dayMs },
      })),
      nowMs: day * dayMs,
    });
  expect(problemsAt(300, 365, 365)).toEqual([]);
  expect(problemsAt(364, 700)).toEqual([]);
  const [problem, soon, ...others] = problemsAt(366, 700, 365);
  expect(others).toEqual([]);
  expect(soon).toMatchObject({ rule: 'certificate-expiring-soon', subject: 'files:edge-1' });
  expect(problem).toMatchObject({
    rule: 'certificate-expiring',
    subject: 'files:edge-1',
    details: {
      summary:
        'the certificate that the proxies on edge-1 read from files ended on 1971-01-01, so clients refuse to connect',
      actions: ['proxies present another valid certificate where they have one for the name'],
    },
  });
});

test('the monitor says how to renew an own certificate, and resolves the incident once that is done', async ({
  stage,
}) => {
  await stage.staged.stage();
  const base = { generation: 1, condition: 'fresh', inFlight: {}, memberHealth: {} };
  const reports = new ProxyReports(stage.redis, 'shop');
  const report = (revision: number, days: number) => {
    const notAfterMs = stage.nowMs + days * dayMs;
    const own = { revision, notBeforeMs: stage.nowMs - 365 * dayMs, notAfterMs };
    return reports.write({ ...base, id: 'edge-1-0-a1b2c3', ownCertificates: { blog: own } });
  };
  await report(1, 10);
  await stage.run();
  await report(2, 365);
  await stage.run();
  expect(await stage.transitions()).toEqual([
    'certificate-expiring own:blog opened',
    'certificate-expiring own:blog resolved',
  ]);
  const [opened, resolved] = await stage.notifications();
  expect(opened?.details.summary).toMatch(/^the own certificate of service blog ends in /);
  expect(opened?.details.nextSteps?.[1]).toContain('perch certificate set blog');
  expect(resolved?.details.summary).toMatch(/^the own certificate of service blog is valid until/);
});

test('the monitor opens the incident by the status in Redis, and resolves it once there is a certificate', async ({
  stage,
}) => {
  await stage.staged.stage();
  const report = { generation: 1, condition: 'fresh', inFlight: {}, memberHealth: {} };
  const reports = new ProxyReports(stage.redis, 'shop');
  const statuses = new CertificateStatusStore(stage.redis, 'shop');
  await reports.write({ ...report, id: 'edge-1-0-a1b2c3', acme: true });
  const failed = afterFailure(firstStatus(host), misdirected, stage.nowMs);
  await statuses.write(failed);
  await stage.run();
  const issued = { id: 'one', notBeforeMs: stage.nowMs, notAfterMs: stage.nowMs + 90 * dayMs };
  await statuses.write(afterSuccess(failed, issued, stage.nowMs));
  await reports.write({ ...report, id: 'edge-1-0-a1b2c3', acme: true });
  await stage.run();
  expect(await stage.transitions()).toEqual([
    `host-misdirected ${host} opened`,
    `host-misdirected ${host} resolved`,
  ]);
  const [opened, resolved] = await stage.notifications();
  expect(opened?.details.nextSteps?.[0]).toContain(`dig +short A ${host}`);
  expect(opened?.details.actions.at(-1)).toMatch(/^a proxy orders again at \d{4}-/);
  expect(resolved?.details.summary).toMatch(/^shop\.example\.com has a certificate until \d{4}-/);
});
