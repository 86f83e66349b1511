import { describe, expect, test } from 'vitest';
import { defaultRules, problemRules } from '../../../runtime/core/alerting/default-rules.ts';
import { metrics, type Metric } from '../../../runtime/core/alerting/metric-catalog.ts';
import {
  stepsAfterEjection,
  stepsForMetric,
  stepsForProblem,
} from '../../../runtime/core/alerting/next-steps.ts';
import { details } from '../../support/judge/incident.ts';

const about = { host: 'host-1', member: 'canary-1', track: 'canary', version: '2' } as const;
const isMetric = (name: string): name is Metric => name in metrics;

test.each(Object.values(defaultRules))('the default rule $id has next steps', ({ metric }) => {
  const steps = stepsForMetric(metric, { subject: 'host-1:/', ...about });
  expect(steps.length).toBeGreaterThan(0);
});

test.each(Object.keys(metrics).filter(isMetric))(
  'a rule on %s has next steps, whatever is known of its subject',
  (metric) => {
    const steps = stepsForMetric(metric, { subject: 'the-subject' });
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.join('\n')).not.toMatch(/undefined|\.$/m);
  },
);

test.each(problemRules)('the problem %s has next steps', (rule) => {
  for (const known of [about, {}]) {
    const steps = stepsForProblem({ rule, subject: 'the-subject', details: details(known) });
    expect(steps?.length).toBeGreaterThan(0);
    expect(steps?.join('\n')).not.toMatch(/undefined|\.$/m);
  }
});

test('a rule of a threshold is no problem', () => {
  const breach = { rule: 'host-disk', subject: 'host-1:/', details: details() };
  expect(stepsForProblem(breach)).toBeUndefined();
});

test('a full disk names its host and path', () => {
  const steps = stepsForMetric('host.disk-percent', { subject: 'host-1:/data', host: 'host-1' });
  expect(steps[0]).toBe('On host-1, `df -h /data` and `docker system df` show what is full');
});

test.each([
  ['/mnt/two words', "'/mnt/two words'"],
  ["/mnt/it's", String.raw`'/mnt/it'\''s'`],
  ['/mnt/$(reboot)', "'/mnt/$(reboot)'"],
])('the shell reads the path %s of a command as one word', (path, word) => {
  const steps = stepsForMetric('host.disk-percent', { subject: `host-1:${path}`, host: 'host-1' });
  expect(steps[0]).toContain(`\`df -h ${word}\``);
  const alarm = stepsForMetric('alarm.state', { subject: path });
  expect(alarm[0]).toContain(`--alarm-names ${word}\``);
});

describe('an ejected canary', () => {
  test('nothing is urgent once stable has all of the traffic', () => {
    expect(stepsAfterEjection(details(about), 0)).toEqual([
      'Nothing is urgent: stable has all of the traffic',
      'Read its logs on host-1: `docker logs --tail 100 "$(docker ps -lqf label=perch.member=canary-1)"`',
      'Fix it and deploy it again; or if it is well, `perch reinstate --reason TEXT` and `perch weight PERCENT`',
    ]);
  });

  test('the other members serve if the canary keeps a share', () => {
    expect(stepsAfterEjection(details(about), 25)[0]).toBe(
      'Nothing is urgent: the other members have its traffic',
    );
  });
});

test('a source that failed is asked for where it runs', () => {
  const rule = 'source-failed';
  const stepsOf = (subject: string) => stepsForProblem({ rule, subject, details: details(about) });
  expect(stepsOf('host-1/docker')?.[0]).toContain('systemctl status docker');
  expect(stepsOf('cloudwatch')?.[0]).toContain('cloudwatch:DescribeAlarms');
  expect(stepsOf('host-1/host')?.[0]).toContain('label=perch.part=monitor');
});
