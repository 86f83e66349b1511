/** SES, SNS and CloudWatch. */
import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';
import { only, tagList, type Aws, type AwsResource } from './aws-resource.ts';
import { Inputs } from './inputs.ts';

const emailIdentity: AwsResource = {
  fixed: ['emailIdentity'],
  async create(aws, inputs) {
    const EmailIdentity = inputs.text('emailIdentity');
    const Tags = tagList(aws.tagsOf(inputs));
    await aws.call('sesv2:CreateEmailIdentity', { EmailIdentity, Tags });
    return EmailIdentity;
  },
  async read(aws, id) {
    await aws.call('sesv2:GetEmailIdentity', { EmailIdentity: id });
    return { emailIdentity: id };
  },
  async delete(aws, id) {
    await aws.call('sesv2:DeleteEmailIdentity', { EmailIdentity: id });
  },
};

const topic: AwsResource = {
  named: { key: 'name', longest: 256 },
  fixed: ['name'],
  async create(aws, inputs) {
    const Tags = tagList(aws.tagsOf(inputs));
    const made = await aws.call('sns:CreateTopic', { Name: inputs.must('name'), Tags });
    return String(made['TopicArn']);
  },
  async read(aws, id) {
    await aws.call('sns:GetTopicAttributes', { TopicArn: id });
    return { arn: id };
  },
  async delete(aws, id) {
    await aws.call('sns:DeleteTopic', { TopicArn: id });
  },
};

/** The scope first: it decides how the policy is judged. */
const filter = ['filterPolicyScope', 'filterPolicy'] as const;

const topicSubscription: AwsResource = {
  fixed: ['endpoint', 'protocol', 'topic'],
  async create(aws, inputs) {
    const made = await aws.call('sns:Subscribe', {
      TopicArn: inputs.must('topic'),
      ...inputs.capitalized('protocol', 'endpoint'),
      Attributes: inputs.capitalized(...filter),
      ReturnSubscriptionArn: true,
    });
    return String(made['SubscriptionArn']);
  },
  async read(aws, id) {
    await aws.call('sns:GetSubscriptionAttributes', { SubscriptionArn: id });
    return { arn: id };
  },
  async update(aws, { id, after }) {
    const changed = new Inputs(after).capitalized(...filter);
    for (const [AttributeName, AttributeValue] of Object.entries(changed)) {
      const attribute = { SubscriptionArn: id, AttributeName, AttributeValue };
      await aws.call('sns:SetSubscriptionAttributes', attribute);
    }
  },
  async delete(aws, id) {
    await aws.call('sns:Unsubscribe', { SubscriptionArn: id });
  },
};

async function putAlarm(aws: Aws, inputs: Inputs): Promise<void> {
  const dimensions = Object.entries(inputs.must('dimensions') as Properties);
  await aws.call('cloudwatch:PutMetricAlarm', {
    AlarmName: inputs.must('name'),
    Dimensions: dimensions.map(([Name, Value]) => ({ Name, Value })),
    ...inputs.as('OKActions', 'okActions'),
    ...inputs.capitalized(
      'alarmDescription',
      'alarmActions',
      'namespace',
      'metricName',
      'statistic',
      'threshold',
      'treatMissingData',
      'comparisonOperator',
      'period',
      'evaluationPeriods',
    ),
    Tags: tagList(aws.tagsOf(inputs)),
  });
}

const metricAlarm: AwsResource = {
  fixed: ['name'],
  async create(aws, inputs) {
    await putAlarm(aws, inputs);
    return inputs.text('name');
  },
  async read(aws, id) {
    const found = await aws.call('cloudwatch:DescribeAlarms', { AlarmNames: [id] });
    return { arn: only(found, 'MetricAlarms')['AlarmArn'] };
  },
  async update(aws, { after }) {
    await putAlarm(aws, new Inputs(after));
  },
  async delete(aws, id) {
    await aws.call('cloudwatch:DeleteAlarms', { AlarmNames: [id] });
  },
};

const dashboard: AwsResource = {
  fixed: ['dashboardName'],
  async create(aws, inputs) {
    await aws.call('cloudwatch:PutDashboard', inputs.capitalized('dashboardName', 'dashboardBody'));
    return inputs.text('dashboardName');
  },
  async read(aws, id) {
    await aws.call('cloudwatch:GetDashboard', { DashboardName: id });
    return {};
  },
  async update(aws, { after }) {
    const changed = new Inputs(after).capitalized('dashboardName', 'dashboardBody');
    await aws.call('cloudwatch:PutDashboard', changed);
  },
  async delete(aws, id) {
    await aws.call('cloudwatch:DeleteDashboards', { DashboardNames: [id] });
  },
};

export const alerting: Record<string, AwsResource> = {
  'aws:sesv2/emailIdentity:EmailIdentity': emailIdentity,
  'aws:sns/topic:Topic': topic,
  'aws:sns/topicSubscription:TopicSubscription': topicSubscription,
  'aws:cloudwatch/metricAlarm:MetricAlarm': metricAlarm,
  'aws:cloudwatch/dashboard:Dashboard': dashboard,
};
