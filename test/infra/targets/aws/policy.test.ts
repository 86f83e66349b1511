import { expect, test } from 'vitest';
import { hostPolicy } from '../../../../infra/targets/aws/policy.ts';

const settings = {
  region: 'eu-central-1',
  accountId: '123456789012',
  metricNamespace: 'Perch',
  alertFrom: 'alerts@example.com',
  sendsSms: true,
  repositoryArns: ['arn:aws:ecr:eu-central-1:123456789012:repository/shop'],
};

test('`*` stands only where AWS knows no resource for the action', () => {
  const wide = hostPolicy(settings).Statement.filter(
    ({ Effect, Resource }) => Effect === 'Allow' && Resource.includes('*'),
  );
  expect(wide.flatMap(({ Action }) => Action)).toEqual([
    'cloudwatch:PutMetricData',
    'cloudwatch:DescribeAlarms',
    'sns:Publish',
    'ecr:GetAuthorizationToken',
  ]);
});

test('metrics go into the one namespace, mails come from the one address, SMS reach no topic', () => {
  const { Statement } = hostPolicy(settings);
  const conditions = Statement.flatMap(({ Condition }) => Object.values(Condition ?? {}));
  expect(conditions).toEqual([
    { 'cloudwatch:namespace': 'Perch' },
    { 'ses:FromAddress': 'alerts@example.com' },
  ]);
  expect(Statement.find(({ Effect }) => Effect === 'Deny')?.Resource).toEqual([
    'arn:aws:sns:*:*:*',
  ]);
});

test('monitors may call what their channels, metrics and alarms call, and nothing else', () => {
  const { Statement } = hostPolicy(settings);
  const allowed = Statement.filter(({ Effect }) => Effect === 'Allow');
  const actions = allowed
    .flatMap(({ Action }) => Action)
    .filter((action) => !action.startsWith('ecr:'));
  expect(actions.sort()).toEqual([
    'cloudwatch:DescribeAlarms',
    'cloudwatch:PutMetricData',
    'ses:SendRawEmail',
    'sns:Publish',
  ]);
});

test('who sends nothing may send nothing', () => {
  const { Statement } = hostPolicy({ ...settings, alertFrom: undefined, sendsSms: false });
  const actions = Statement.flatMap(({ Action }) => Action);
  expect(actions.filter((action) => /^(ses|sns):/.test(action))).toEqual([]);
});

test('no action is given by a wildcard', () => {
  const actions = hostPolicy(settings).Statement.flatMap(({ Action }) => Action);
  expect(actions.filter((action) => action.includes('*'))).toEqual([]);
});
