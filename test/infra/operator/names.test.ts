import { once } from 'node:events';
import { createServer } from 'node:tls';
import { expect, test } from 'vitest';
import { certificateEnds } from '../../../infra/operator/doctor/checks/certificate-ends.ts';
import { dnsElsewhere } from '../../../infra/operator/doctor/checks/dns-elsewhere.ts';
import type { Survey } from '../../../infra/operator/doctor/survey.ts';
import { askCertificates, askNames } from '../../../infra/operator/doctor/gather/names.ts';
import { testCertificate } from '../../support/tls/certificate.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { startDns } from './support/dns-server.ts';

const dayMs = 86_400_000;

const survey = (some: Partial<Survey>): Survey => ({
  service: 'shop',
  edgeService: 'shop',
  stack: 'prod',
  nowMs: Date.now(),
  hosting: 'of-others',
  hosts: [],
  names: [],
  certificates: [],
  redis: { known: false, why: 'not asked' },
  otherStacks: [],
  ...some,
});

const addresses = { 'shop.example': ['10.0.0.1', '10.0.0.2'] };

test.each([
  { records: { 'shop.example': ['10.0.0.2', '10.0.0.1'] }, problem: undefined },
  { records: { 'shop.example': ['10.0.0.1'] }, problem: undefined },
  { records: { 'shop.example': ['10.0.0.1', '192.0.2.9'] }, problem: 'points elsewhere' },
  { records: { 'shop.example': [] }, problem: 'has no address in the DNS' },
  { records: {}, problem: 'has no address in the DNS' },
])('a name with the records $records: $problem', async ({ records, problem }) => {
  await using server = await startDns(records);
  const names = await askNames({ outputs: { hostAddresses: addresses } }, server.resolver);
  const { findings, unchecked } = dnsElsewhere.examine(survey({ names }));
  expect(findings.map((finding) => finding.problem)).toEqual(
    problem === undefined ? [] : [problem],
  );
  expect(unchecked).toEqual([]);
});

test('a DNS that does not answer leaves a name unchecked', async () => {
  const server = await startDns({});
  await server[Symbol.asyncDispose]();
  const names = await askNames({ outputs: { hostAddresses: addresses } }, server.resolver);
  const { findings, unchecked } = dnsElsewhere.examine(survey({ names }));
  expect(findings).toEqual([]);
  expect(unchecked).toEqual([expect.stringContaining('shop.example')]);
});

test.each([
  { what: 'with 60 days left', from: -30, until: 60, problem: undefined },
  {
    what: 'with 13 of 90 days left',
    from: -77,
    until: 13,
    problem: 'its certificate is near its end',
  },
  { what: 'with 4 of 6 days left', from: -2, until: 4, problem: undefined },
  { what: 'with 1 of 6 days left', from: -5, until: 1, problem: 'its certificate is near its end' },
  { what: 'of yesterday', from: -90, until: -1, problem: 'its certificate has expired' },
])('a server whose certificate is one $what: $problem', async ({ from, until, problem }) => {
  const { chainPem, privateKeyPem } = testCertificate({
    hosts: ['shop.example'],
    notBeforeMs: Date.now() + from * dayMs,
    notAfterMs: Date.now() + until * dayMs,
  });
  const server = createServer({ cert: chainPem, key: privateKeyPem }, (socket) => socket.end());
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const outputs = {
    url: `https://shop.example:${port}`,
    hostAddresses: { 'shop.example': ['127.0.0.1'] },
  };
  const certificates = await askCertificates({ outputs });
  server.close();
  const { findings, unchecked } = certificateEnds.examine(survey({ certificates }));
  expect(unchecked).toEqual([]);
  expect(findings.map((finding) => finding.problem)).toEqual(
    problem === undefined ? [] : [problem],
  );
});

test('a service without https has no certificate to check', async () => {
  expect(await askCertificates({ outputs: { url: 'http://10.0.0.1:8080' } })).toEqual([]);
});
