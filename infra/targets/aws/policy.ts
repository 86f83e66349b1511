/** Permissions of a service's hosts in AWS. Pure. */

export interface HostPermissions {
  readonly region: string;
  readonly accountId: string;
  readonly metricNamespace: string;
  /** Sender of alert emails. Undefined: no emails are sent. */
  readonly alertFrom: string | undefined;
  readonly sendsSms: boolean;
  /** True if the leader, which any monitor may become, reads alarms. */
  readonly readsAlarms: boolean;
  readonly repositoryArns: readonly string[];
  /** Role of the members, whose credentials the hosts hand out. Undefined: none. */
  readonly appRoleArn?: string | undefined;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const sms: readonly Statement[] = [
  // `perch monitor --check` reads them to try the credentials.
  { Sid: 'CheckSms', Effect: 'Allow', Action: ['sns:GetSMSAttributes'], Resource: ['*'] },
  { Sid: 'SendSms', Effect: 'Allow', Action: ['sns:Publish'], Resource: ['*'] },
  { Sid: 'NoTopics', Effect: 'Deny', Action: ['sns:Publish'], Resource: ['arn:aws:sns:*:*:*'] },
];

/** Policy of least privilege. `*` stands only where AWS has no resource for the action. */
export function hostPolicy(permissions: HostPermissions): {
  Version: string;
  Statement: Statement[];
} {
  const { region, accountId, alertFrom, sendsSms, readsAlarms, repositoryArns } = permissions;
  const statements: (Statement | undefined)[] = [
    {
      Sid: 'PublishMetrics',
      Effect: 'Allow',
      Action: ['cloudwatch:PutMetricData'],
      Resource: ['*'],
      Condition: { StringEquals: { 'cloudwatch:namespace': permissions.metricNamespace } },
    },
    readsAlarms
      ? {
          Sid: 'ReadAlarms',
          Effect: 'Allow',
          Action: ['cloudwatch:DescribeAlarms'],
          // A narrower scope would omit composite alarms (CloudWatch API reference).
          Resource: ['*'],
        }
      : undefined,
    alertFrom === undefined
      ? undefined
      : {
          Sid: 'SendMails',
          Effect: 'Allow',
          Action: ['ses:SendRawEmail'],
          // In the sandbox, SES also requires permission for the recipients' identities.
          Resource: [`arn:aws:ses:${region}:${accountId}:identity/*`],
          Condition: { StringEquals: { 'ses:FromAddress': alertFrom } },
        },
    alertFrom === undefined
      ? undefined
      : // `perch monitor --check` reads it to try the credentials.
        { Sid: 'CheckMails', Effect: 'Allow', Action: ['ses:GetSendQuota'], Resource: ['*'] },
    // A message to a telephone number has no resource, so a second statement denies topics.
    ...(sendsSms ? sms : []),
    permissions.appRoleArn === undefined
      ? undefined
      : {
          Sid: 'AssumeRoleOfMembers',
          Effect: 'Allow',
          Action: ['sts:AssumeRole'],
          Resource: [permissions.appRoleArn],
        },
    {
      Sid: 'LogInToRegistry',
      Effect: 'Allow',
      Action: ['ecr:GetAuthorizationToken'],
      Resource: ['*'],
    },
    repositoryArns.length === 0
      ? undefined
      : {
          Sid: 'PullImages',
          Effect: 'Allow',
          Action: [
            'ecr:BatchCheckLayerAvailability',
            'ecr:BatchGetImage',
            'ecr:GetDownloadUrlForLayer',
          ],
          Resource: [...repositoryArns],
        },
  ];
  return {
    Version: '2012-10-17',
    Statement: statements.filter((statement) => statement !== undefined),
  };
}
