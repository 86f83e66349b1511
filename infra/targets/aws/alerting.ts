import * as aws from '@pulumi/aws';
import { local } from '@pulumi/command';
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
import { accountName } from './account-name.ts';
import { emailSender } from './sender.ts';

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
  readonly #args: AwsAlertingArgs;
  readonly #topicArn: pulumi.Output<string>;

  constructor(name: string, args: AwsAlertingArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:alerting:Aws', name, {}, opts);
    const inside = { parent: this };
    const { service, role, region, alertFrom, thresholds, machines } = args;
    this.#args = args;
    const identity =
      // A canary stack sends from its prod stack's address.
      alertFrom === undefined || role === 'canary'
        ? undefined
        : emailSender(name, alertFrom, inside);
    const topic = new aws.sns.Topic(name, {}, inside);
    this.#topicArn = topic.arn;
    const subscriptions = subscribersOf(args).map(
      (subscriber) =>
        new aws.sns.TopicSubscription(
          `${name}-${subscriber.endpoint}`,
          { ...subscriber, topic: topic.arn, ...recoveriesAndAlarms },
          inside,
        ),
    );
    const hosts = machines.map(({ host }) => host);
    const dashboard = new aws.cloudwatch.Dashboard(
      name,
      {
        dashboardName: accountName(`${name}-hosts`),
        dashboardBody: dashboardBody({ service, region, hosts, thresholds }),
      },
      // Releases before 0.3 named it by the service only; another name would replace the dashboard.
      { ...inside, ignoreChanges: ['dashboardName'] },
    );
    const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
    this.dashboardUrl = pulumi.interpolate`${console}#dashboards/dashboard/${dashboard.dashboardName}`;
    this.registerOutputs({
      identity: identity?.arn,
      subscriptions: subscriptions.length,
      dashboardUrl: this.dashboardUrl,
    });
  }

  /**
   * Makes the alarms. They take missing data for a breach and look back on the time before they were
   * made, so each waits until its host's monitor has run for as long.
   * @param monitors of the machines, in their order.
   */
  makeAlarms(monitors: readonly pulumi.Resource[]): void {
    const { service, role, thresholds, machines } = this.#args;
    const waits = machines.map((machine, index) =>
      this.#untilMeasured(machine, monitors.slice(index, index + 1)),
    );
    const make = (rules: readonly AlarmRule[], after: readonly pulumi.Resource[]) => {
      const opts = { parent: this, dependsOn: [...after] };
      for (const rule of rules) alarm(rule, this.#topicArn, opts);
    };
    for (const [index, { host, instanceId }] of machines.entries()) {
      const rules = [
        ...hostAlarms(service, host, thresholds),
        machineAlarm(service, host, instanceId),
      ];
      make(rules, waits.slice(index, index + 1));
    }
    // The service has one leader, so its canary stack needs no alarm of its own.
    if (role !== 'prod') return;
    // A single monitor suffices to lead.
    const first = waits.slice(0, 1);
    make([leaderAlarm(service)], first);
    if (subscribersOf(this.#args).length > 0) make([channelAlarm(service)], first);
  }

  #untilMeasured(
    { host, instanceId }: WatchedMachine,
    monitor: readonly pulumi.Resource[],
  ): pulumi.Resource {
    return new local.Command(
      `${this.#args.service}-${host}-measured`,
      { create: `sleep ${minutesInARow * minute}`, triggers: [instanceId] },
      { parent: this, dependsOn: [...monitor] },
    );
  }
}

function subscribersOf({ alertTo, smsNumbers }: AwsAlertingArgs) {
  return [
    ...alertTo.map((endpoint) => ({ protocol: 'email', endpoint })),
    ...smsNumbers.map((endpoint) => ({ protocol: 'sms', endpoint })),
  ];
}

/**
 * Lets through alarms and their ends. A new alarm becomes OK too, from `INSUFFICIENT_DATA`, which is
 * no news.
 */
const recoveriesAndAlarms = {
  filterPolicyScope: 'MessageBody',
  filterPolicy: JSON.stringify({
    $or: [{ NewStateValue: ['ALARM'] }, { OldStateValue: ['ALARM'] }],
  }),
};

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
      name: accountName(name),
      alarmDescription: description,
      treatMissingData: 'breaching',
      ...watched,
      comparisonOperator: 'GreaterThanThreshold',
      period: minute,
      evaluationPeriods: minutesInARow,
      ...(notifies && { alarmActions: [topicArn], okActions: [topicArn] }),
    },
    // Releases before 0.3 named it by the service only; another name would replace the alarm.
    { ...opts, ignoreChanges: ['name'] },
  );
}
