import { expect, test } from 'vitest';
import { flagsServerDead } from '../../../infra/operator/doctor/checks/flags-server-dead.ts';
import { credentialsServerDead } from '../../../infra/operator/doctor/checks/credentials-server-dead.ts';
import type { Survey } from '../../../infra/operator/doctor/survey.ts';

function container(service: string, part: string, status: string) {
  const host = 'web-1';
  return {
    id: '0123456789abcdef',
    host,
    service,
    part,
    track: '',
    name: `${part}@${host}`,
    status,
  };
}

/** Survey of one host of a guest. */
function surveyOf(...containers: readonly ReturnType<typeof container>[]): Survey {
  const report = {
    disks: [],
    dockerVersion: '27.3.1',
    missingImages: [],
    perchVersion: undefined,
    containers,
    clockOffsetMs: 0,
    clockErrorMs: 0,
  };
  return {
    service: 'blog',
    edgeService: 'shop',
    stack: 'blog',
    nowMs: 0,
    hosting: 'of-others',
    hosts: [{ name: 'web-1', report: { known: true, value: report } }],
    names: [],
    certificates: [],
    redis: { known: false, why: 'nobody asked' },
    otherStacks: [],
  };
}

test('the doctor finds a flags server that is not healthy, of the own service alone', () => {
  const status = 'Exited (1) 3 minutes ago';
  const survey = surveyOf(
    container('blog', 'flags', status),
    container('blog', 'flags', 'Up 3 hours (healthy)'),
    container('shop', 'flags', status),
    container('blog', 'app', status),
  );
  expect(flagsServerDead.examine(survey).findings).toEqual([
    expect.objectContaining({
      subject: 'web-1',
      evidence: status,
      remedy: expect.stringContaining('docker start 0123456789ab'),
    }),
  ]);
});

test('the doctor finds a server of credentials that is not healthy', () => {
  const status = 'Up 3 hours (unhealthy)';
  const survey = surveyOf(
    container('blog', 'credentials', status),
    container('blog', 'credentials', 'Up 3 hours (healthy)'),
    container('blog', 'flags', status),
  );
  expect(credentialsServerDead.examine(survey).findings).toEqual([
    expect.objectContaining({
      subject: 'web-1',
      problem: expect.stringContaining('no credentials of their role'),
    }),
  ]);
});

test('the doctor finds nothing where no flags server was asked for', () => {
  expect(flagsServerDead.examine(surveyOf()).findings).toEqual([]);
});
