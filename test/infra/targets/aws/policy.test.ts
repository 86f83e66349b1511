import { expect, test } from 'vitest';
import { hostPolicy } from '../../../../infra/targets/aws/policy.ts';

const settings = {
  region: 'eu-central-1',
  accountId: '123456789012',
  metricNamespace: 'Perch',
  alertFrom: 'alerts@perch.internal',
  sendsSms: true,
  readsAlarms: true,
  repositoryArns: ['arn:aws:ecr:eu-central-1:123456789012:repository/shop'],
};

test('a statement allows every resource only if AWS has none for its action', () => {
  const wide = hostPolicy(settings).Statement.filter(
    ({ Effect, Resource }) => Effect === 'Allow' && Resource.includes('*'),
  );
  expect(wide.flatMap(({ Action }) => Action)).toEqual([
    'cloudwatch:PutMetricData',
    'cloudwatch:DescribeAlarms',
    'ses:GetSendQuota',
    'sns:GetSMSAttributes',
    'sns:Publish',
    'ecr:GetAuthorizationToken',
  ]);
});

test('hosts publish metrics in one namespace, send emails from one address and publish to no topic', () => {
  const { Statement } = hostPolicy(settings);
  const conditions = Statement.flatMap(({ Condition }) => Object.values(Condition ?? {}));
  expect(conditions).toEqual([
    { 'cloudwatch:namespace': 'Perch' },
    { 'ses:FromAddress': 'alerts@perch.internal' },
  ]);
  expect(Statement.find(({ Effect }) => Effect === 'Deny')?.Resource).toEqual([
    'arn:aws:sns:*:*:*',
  ]);
});

test('hosts may call only the actions of channels, metrics and alarms', () => {
  const { Statement } = hostPolicy(settings);
  const allowed = Statement.filter(({ Effect }) => Effect === 'Allow');
  const actions = allowed
    .flatMap(({ Action }) => Action)
    .filter((action) => !action.startsWith('ecr:'));
  expect(actions.sort()).toEqual([
    'cloudwatch:DescribeAlarms',
    'cloudwatch:PutMetricData',
    'ses:GetSendQuota',
    'ses:SendRawEmail',
    'sns:GetSMSAttributes',
    'sns:Publish',
  ]);
});

test('hosts without channels may not send anything', () => {
  const { Statement } = hostPolicy({ ...settings, alertFrom: undefined, sendsSms: false });
  const actions = Statement.flatMap(({ Action }) => Action);
  expect(actions.filter((action) => /^(ses|sns):/.test(action))).toEqual([]);
});

test('hosts may read alarms only if the stack names some', () => {
  const actions = (readsAlarms: boolean) =>
    hostPolicy({ ...settings, readsAlarms }).Statement.flatMap(({ Action }) => Action);
  expect(actions(true)).toContain('cloudwatch:DescribeAlarms');
  expect(actions(false)).not.toContain('cloudwatch:DescribeAlarms');
});

test('no statement allows an action by a wildcard', () => {
  const actions = hostPolicy(settings).Statement.flatMap(({ Action }) => Action);
  expect(actions.filter((action) => action.includes('*'))).toEqual([]);
});
