import { PutMetricAlarmCommand, type CloudWatchClient } from '@aws-sdk/client-cloudwatch';

/** Creates an alarm in CloudWatch. */
export async function putAlarm(client: CloudWatchClient, name: string): Promise<void> {
  await client.send(
    new PutMetricAlarmCommand({
      AlarmName: name,
      Namespace: 'Perch',
      MetricName: 'host.cpu-percent',
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      Period: 60,
      Statistic: 'Average',
      Threshold: 60,
    }),
  );
}
