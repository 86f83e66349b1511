import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareMoto } from '../../support/aws/moto.ts';
import { AwsEngine } from './support/aws/aws-engine.ts';
import { inventory } from './support/aws/inventory.ts';
import { refusedCalls } from './support/aws/policy.ts';
import { machineGroups, SecurityRules } from './support/aws/reach.ts';
import { deployedStacks, emptyStack } from './support/deployed-stacks.ts';
import { type Stack } from './support/engine.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { Run, RunBySteps } from './support/run.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoEngine() ?? (await prepareMoto());
const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';
const sender = deployedStacks.aws.prod.alertFrom;

/** Steps of an update that changed more than components: `OPERATION TYPE`, each once. */
const done = ({ steps }: RunBySteps) => [
  ...new Set(
    steps
      .filter(({ operation, type }) => operation !== 'same' && !type.startsWith('perch:'))
      .map(({ operation, type }) => `${operation} ${type}`),
  ),
];

/** The order in which a run made or deleted what is not AWS' own and its alarms, by name. */
function orderOf({ operations }: Run, way: 'create' | 'delete') {
  const names = operations
    .filter(({ operation, type }) => operation === way && /Container|Command|Alarm/.test(type))
    .map(({ name }) => name);
  return {
    expect(first: string, second: string): void {
      expect(names).toContain(first);
      expect(names.indexOf(second), `${second} after ${first}`).toBeGreaterThan(
        names.indexOf(first),
      );
    },
  };
}

describe('Stacks in an emulated AWS account', unless(reason), () => {
  let account: AwsEngine;
  let empty: readonly string[];
  let prod: Stack;
  let canary: Stack;

  beforeAll(async () => {
    account = await AwsEngine.start();
    empty = await inventory(account);
    prod = await emptyStack(account.engine, 'prod', deployedStacks.aws.prod);
    canary = await emptyStack(account.engine, 'canary', deployedStacks.aws.canary);
  });
  afterAll(() => account[Symbol.asyncDispose]());

  test("the models of AWS' services judge what the emulator lets pass", async () => {
    const AssumeRolePolicyDocument = '{}';
    const role = (RoleName: string) =>
      account.call('iam:CreateRole', { RoleName, AssumeRolePolicyDocument });
    await expect(role('a name')).rejects.toThrow('RoleName must match');
    await expect(role('a'.repeat(65))).rejects.toThrow('RoleName must be at most 64');
    const alarm = { AlarmName: 'a', EvaluationPeriods: 1, ComparisonOperator: 'Above' };
    await expect(account.call('cloudwatch:PutMetricAlarm', alarm)).rejects.toThrow(
      'must be one of',
    );
    const vpc = { CidrBlock: '10.42.0.0/16', Colour: 'blue' };
    await expect(account.call('ec2:CreateVpc', vpc)).rejects.toThrow('Unknown parameter');
  });

  test('AWS takes everything that a prod stack registers', async () => {
    const run = await prod.up();
    expect(run.output).not.toContain('error');
    expect(run).toSucceed();
    // An alarm takes the time before its host's monitor for a breach, and looks back on it.
    const order = orderOf(run, 'create');
    for (const host of ['prod-0', 'prod-1']) {
      const alarms = [`shop-${host}-disk`, `shop-${host}-cpu`, `shop-${host}-status`];
      order.expect(`monitor-${host}`, `shop-${host}-measured`);
      for (const alarm of alarms) order.expect(`shop-${host}-measured`, alarm);
    }
    order.expect('shop-prod-0-measured', 'shop-unjudged');
  });

  test('an alarm and its end send a notification, and a new alarm that is OK sends none', async () => {
    const [mailbox] = (await account.call('sns:ListSubscriptions'))['Subscriptions'] as {
      SubscriptionArn: string;
      TopicArn: string;
    }[];
    const { SubscriptionArn, TopicArn = '' } = mailbox ?? {};
    const found = await account.call('sns:GetSubscriptionAttributes', { SubscriptionArn });
    const { FilterPolicyScope, FilterPolicy } = found['Attributes'] as Record<string, string>;
    // The emulator has no mailbox, so a queue stands for it.
    const { QueueUrl } = await account.call('sqs:CreateQueue', { QueueName: 'mailbox' });
    await account.call('sns:Subscribe', {
      TopicArn,
      Protocol: 'sqs',
      Endpoint: `arn:aws:sqs:eu-central-1:123456789012:mailbox`,
      Attributes: { FilterPolicyScope, FilterPolicy, RawMessageDelivery: 'true' },
    });
    const changes = [
      { OldStateValue: 'INSUFFICIENT_DATA', NewStateValue: 'OK' },
      { OldStateValue: 'INSUFFICIENT_DATA', NewStateValue: 'ALARM' },
      { OldStateValue: 'ALARM', NewStateValue: 'OK' },
      { OldStateValue: 'OK', NewStateValue: 'ALARM' },
    ];
    for (const change of changes) {
      await account.call('sns:Publish', { TopicArn, Message: JSON.stringify(change) });
    }
    const received = { QueueUrl, MaxNumberOfMessages: 10 };
    const { Messages } = await account.call('sqs:ReceiveMessage', received);
    const bodies = (Messages as { Body: string }[]).map(({ Body }) => Body);
    expect(bodies.toSorted()).toEqual(
      changes
        .slice(1)
        .map((change) => JSON.stringify(change))
        .toSorted(),
    );
    await account.call('sqs:DeleteQueue', { QueueUrl });
  });

  test('AWS takes everything that a canary stack registers', async () => {
    const run = await canary.up();
    expect(run.output).not.toContain('error');
    expect(run).toSucceed();
  });

  test('subnets are in the availability zones of the region, in no Local or Wavelength Zone', async () => {
    const Filters = [{ Name: 'cidr-block', Values: ['10.42.*'] }];
    const { Subnets } = await account.call('ec2:DescribeSubnets', { Filters });
    const zones = (Subnets as { AvailabilityZone: string }[]).map((one) => one.AvailabilityZone);
    expect(zones.toSorted()).toEqual(['eu-central-1a', 'eu-central-1b']);
  });

  test('hosts reach one another and everyone, and everyone reaches only the proxy', async () => {
    const rules = await SecurityRules.read(account);
    const groups = await machineGroups(account);
    const of = (name: string) => groups.get(name) ?? [];
    const hosts = ['shop-prod-0', 'shop-prod-1', 'shop-canary-0'];
    expect([...groups.keys()].toSorted()).toEqual(hosts.toSorted());
    for (const from of hosts) {
      expect(rules.allow(of(from), 'everyone', 443)).toBe(true);
      for (const to of hosts) {
        for (const port of [6379, 20_000, 29_999]) {
          expect(rules.allow(of(from), of(to), port)).toBe(true);
          expect(rules.allow('everyone', of(to), port)).toBe(false);
        }
      }
    }
    expect(hosts.map((name) => rules.allow('everyone', of(name), 80))).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('an update without a change renews the login of the registry and does nothing else', async () => {
    const run = await prod.upBySteps();
    expect(run.output).not.toContain('error');
    expect(done(run)).toEqual(['update pulumi:providers:docker']);
    expect(run.operations).toEqual([]);
  });

  test('a refresh finds what was deleted by hand, and the next update makes it again', async () => {
    const found = { AlarmNamePrefix: 'shop-prod-0-disk' };
    const { MetricAlarms } = await account.call('cloudwatch:DescribeAlarms', found);
    const AlarmNames = (MetricAlarms as { AlarmName: string }[]).map((one) => one.AlarmName);
    expect(AlarmNames).toHaveLength(1);
    await account.call('cloudwatch:DeleteAlarms', { AlarmNames });
    expect((await prod.refresh()).output).not.toContain('error');
    const run = await prod.up();
    expect(run.output).not.toContain('error');
    expect(run.operations.map(({ operation, name }) => `${operation} ${name}`)).toEqual([
      'create shop-prod-0-disk',
    ]);
  });

  test('another host is made in the new size, and machines that run keep theirs', async () => {
    await prod.configure('hostCount', '3');
    await prod.configure('size', 't3.medium');
    const run = await prod.upBySteps();
    expect(run.output).not.toContain('error');
    const instances = run.steps
      .filter(({ type, operation }) => type.endsWith(':Instance') && operation !== 'same')
      .map(({ operation, name }) => `${operation} ${name}`);
    expect(instances).toEqual(['create shop-prod-2']);
    const made = run.operations.filter(({ type }) => type.endsWith(':Instance'));
    expect(made.map(({ inputs }) => inputs['instanceType'])).toEqual(['t3.medium']);
  });

  test('AWS takes the deletion of a canary stack in its order', async () => {
    const run = await canary.destroy();
    expect(run.output).not.toContain('error');
    expect(run).toSucceed();
  });

  test('AWS takes the deletion of a prod stack that has images in its order, and its sender stays', async () => {
    const { repositories } = await account.call('ecr:DescribeRepositories');
    const names = (repositories as { repositoryName: string }[]).map((one) => one.repositoryName);
    await account.call('ecr:PutImage', {
      repositoryName: names.find((name) => name.endsWith('/shop')),
      imageTag: 'perch',
      imageManifest: JSON.stringify({ schemaVersion: 2, mediaType: manifestType, layers: [] }),
    });
    const run = await prod.destroy();
    expect(run.output).not.toContain('error');
    expect(run).toSucceed();
    // A monitor that stops before the alarm on its silence would set it off.
    orderOf(run, 'delete').expect('shop-unjudged', 'monitor-prod-0');
    expect(await inventory(account)).toEqual([...empty, `EmailIdentities ${sender}`].toSorted());
  });

  test('the documented policy allows all that the stacks asked of AWS', async () => {
    const calls = await account.calls();
    expect(calls.length).toBeGreaterThan(100);
    expect(refusedCalls(calls, 'shop')).toEqual([]);
  });
});
