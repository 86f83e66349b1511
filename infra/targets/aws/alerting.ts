import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { StackRole } from '../../config/stack-role.ts';
import {
  dashboardBody,
  hostAlarms,
  channelAlarm,
  leaderAlarm,
  machineAlarm,
  type AlarmRule,
  type Thresholds,
} from './alarm-rules.ts';

export interface WatchedMachine {
  readonly host: string;
  readonly instanceId: pulumi.Output<string>;
}

export interface AwsAlertingArgs {
  readonly service: string;
  readonly role: StackRole;
  readonly region: string;
  /** Sender of alert emails. Undefined: no emails. */
  readonly alertFrom: string | undefined;
  readonly alertTo: readonly string[];
  readonly smsNumbers: readonly string[];
  /** Monitor rules that differ from the defaults. */
  readonly thresholds: Thresholds;
  readonly machines: readonly WatchedMachine[];
}

/** The sender of emails, CloudWatch's alarms and its dashboard. Alarms notify the same people as monitors. */
export class AwsAlerting extends pulumi.ComponentResource {
  readonly dashboardUrl: pulumi.Output<string>;

  constructor(name: string, args: AwsAlertingArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:alerting:Aws', name, {}, opts);
    const inside = { parent: this };
    const { service, role, region, alertFrom, thresholds, machines } = args;
    const identity =
      // A canary stack sends from its prod stack's address.
      alertFrom === undefined || role === 'canary'
        ? undefined
        : new aws.sesv2.EmailIdentity(name, { emailIdentity: alertFrom }, inside);
    const topic = new aws.sns.Topic(name, {}, inside);
    const subscribers = [
      ...args.alertTo.map((endpoint) => ({ protocol: 'email', endpoint })),
      ...args.smsNumbers.map((endpoint) => ({ protocol: 'sms', endpoint })),
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
    // The service has one leader, so its canary stack needs no alarm of its own.
    if (role === 'prod') rules.push(leaderAlarm(service));
    if (role === 'prod' && subscribers.length > 0) rules.push(channelAlarm(service));
    const alarms = rules.map((rule) => alarm(rule, topic.arn, inside));
    const hosts = machines.map(({ host }) => host);
    const dashboardName = `${name}-hosts`;
    const dashboard = new aws.cloudwatch.Dashboard(
      name,
      { dashboardName, dashboardBody: dashboardBody({ service, region, hosts, thresholds }) },
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
  { name, description, notifies, ...watched }: AlarmRule,
  topicArn: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.MetricAlarm {
  return new aws.cloudwatch.MetricAlarm(
    name,
    {
      name,
      alarmDescription: description,
      treatMissingData: 'breaching',
      ...watched,
      comparisonOperator: 'GreaterThanThreshold',
      period: minute,
      evaluationPeriods: minutesInARow,
      ...(notifies && { alarmActions: [topicArn], okActions: [topicArn] }),
    },
    opts,
  );
}
