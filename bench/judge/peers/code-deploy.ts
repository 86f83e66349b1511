import type { Rule } from '../../../test/core/analysis/simulation.ts';
import { IntervalRule, promoted, successShare } from './intervals.ts';

/**
 * AWS CodeDeploy stops a deployment while a CloudWatch alarm is in ALARM; it has no alarm of its own
 * (https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-create-alarms.html). AWS' own
 * example for gradual deployments alarms at any error
 * (`AliasErrorMetricGreaterThanZeroAlarm`,
 * https://github.com/aws/serverless-application-model/blob/master/docs/safe_lambda_deployments.rst).
 * Here: a 5xx answer of the canary in one of one periods of 60 s, within the five minutes after which
 * `CodeDeployDefault.ECSCanary10Percent5Minutes` sends it everything.
 */
export function anyErrorAlarm(): Rule {
  return alarm(0);
}

/** Alarm with a threshold that a careful team might choose: more than 5% of the answers. */
export function fivePercentAlarm(): Rule {
  return alarm(0.05);
}

function alarm(threshold: number): Rule {
  let periods = 0;
  return new IntervalRule(60, ({ canary }) => {
    const failed = 1 - (successShare(canary) ?? 1);
    periods += 1;
    if (failed > threshold) return { kind: 'harmful', metric: 'errors' };
    return periods >= 5 ? promoted : undefined;
  });
}
