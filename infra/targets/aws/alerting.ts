import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../../config/stack-config.ts';
import {
  dashboardBody,
  hostAlarms,
  leaderAlarm,
  machineAlarm,
  type AlarmRule,
} from './alarm-rules.ts';

export interface WatchedMachine {
  readonly host: string;
  readonly instanceId: pulumi.Output<string>;
}

/** Where mails come from, and CloudWatch's own alarms; those that tell tell the same people. */
export class AwsAlerting extends pulumi.ComponentResource {
  readonly dashboardUrl: pulumi.Output<string>;

  constructor(
    name: string,
    config: StackConfig,
    machines: readonly WatchedMachine[],
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('perch:alerting:Aws', name, {}, options);
    const inside = { parent: this };
    const { service, region = '', alertFrom, alertTo, smsNumbers, role, thresholds } = config;
    const identity =
      // A canary stack sends from its prod stack's address.
      alertFrom === undefined || role === 'canary'
        ? undefined
        : new aws.sesv2.EmailIdentity(name, { emailIdentity: alertFrom }, inside);
    const topic = new aws.sns.Topic(name, {}, inside);
    const subscribers = [
      ...alertTo.map((endpoint) => ({ protocol: 'email', endpoint })),
      ...smsNumbers.map((endpoint) => ({ protocol: 'sms', endpoint })),
    ];
    const subscriptions = subscribers.map(
      (subscriber) =>
        new aws.sns.TopicSubscription(
          `${name}-${subscriber.endpoint}`,
          { ...subscriber, topic: topic.arn },
          inside,
        ),
    );
    const rules = machines.flatMap(({ host, instanceId }) => [
      ...hostAlarms(service, host, thresholds),
      machineAlarm(service, host, instanceId),
    ]);
    // Of the service, so its canary stack has none of its own.
    if (role === 'prod') rules.push(leaderAlarm(service));
    const alarms = rules.map((rule) => alarm(rule, topic.arn, inside));
    const hosts = machines.map(({ host }) => host);
    const dashboardName = `${name}-hosts`;
    const dashboard = new aws.cloudwatch.Dashboard(
      name,
      { dashboardName, dashboardBody: dashboardBody(service, region, hosts, thresholds) },
      inside,
    );
    const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
    this.dashboardUrl = pulumi.interpolate`${console}#dashboards/dashboard/${dashboard.dashboardName}`;
    this.registerOutputs({
      identity: identity?.arn,
      subscriptions: subscriptions.length,
      alarms: alarms.map(({ arn }) => arn),
      dashboardUrl: this.dashboardUrl,
    });
  }
}

const minute = 60;
const minutesInARow = 3;

function alarm(
  { name, description, tells, ...watched }: AlarmRule,
  topicArn: pulumi.Output<string>,
  options: pulumi.CustomResourceOptions,
): aws.cloudwatch.MetricAlarm {
  return new aws.cloudwatch.MetricAlarm(
    name,
    {
      name,
      alarmDescription: description,
      ...watched,
      comparisonOperator: 'GreaterThanThreshold',
      period: minute,
      evaluationPeriods: minutesInARow,
      treatMissingData: 'breaching',
      ...(tells && { alarmActions: [topicArn], okActions: [topicArn] }),
    },
    options,
  );
}
