/** What the hosts of a service may do in AWS. Pure. */

export interface PolicySettings {
  readonly region: string;
  readonly accountId: string;
  readonly metricNamespace: string;
  /** Undefined: no mails are sent. */
  readonly alertFrom: string | undefined;
  readonly sendsSms: boolean;
  readonly repositoryArns: readonly string[];
}

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const sms: readonly Statement[] = [
  { Sid: 'SendSms', Effect: 'Allow', Action: ['sns:Publish'], Resource: ['*'] },
  { Sid: 'NoTopics', Effect: 'Deny', Action: ['sns:Publish'], Resource: ['arn:aws:sns:*:*:*'] },
];

/** Least privilege; `*` stands only where AWS knows no resource for the action. */
export function hostPolicy(settings: PolicySettings): { Version: string; Statement: Statement[] } {
  const { region, accountId, alertFrom, sendsSms, repositoryArns } = settings;
  const statements: (Statement | undefined)[] = [
    {
      Sid: 'PublishMetrics',
      Effect: 'Allow',
      Action: ['cloudwatch:PutMetricData'],
      Resource: ['*'],
      Condition: { StringEquals: { 'cloudwatch:namespace': settings.metricNamespace } },
    },
    {
      Sid: 'ReadAlarms',
      Effect: 'Allow',
      Action: ['cloudwatch:DescribeAlarms'],
      // With a narrower scope it leaves composite alarms out (CloudWatch API reference).
      Resource: ['*'],
    },
    alertFrom === undefined
      ? undefined
      : {
          Sid: 'SendMails',
          Effect: 'Allow',
          Action: ['ses:SendRawEmail'],
          // In the sandbox SES asks for the recipients' identities, too.
          Resource: [`arn:aws:ses:${region}:${accountId}:identity/*`],
          Condition: { StringEquals: { 'ses:FromAddress': alertFrom } },
        },
    // A message to a telephone number has no resource; topics are shut out in turn.
    ...(sendsSms ? sms : []),
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
