import type { Rule } from '../../core/alerting/rule.ts';
import { rulesOf } from '../../core/alerting/rule-config.ts';
import { alarmRule } from '../cloudwatch/alarm-watch.ts';
import type { MonitorConfig } from '../config.ts';

/** Every rule that the judge evaluates: built-in rules, custom rules and CloudWatch alarms. */
export function rulesInForce({ rules, cloudwatch }: MonitorConfig): Rule[] {
  return [...rulesOf(rules), ...(cloudwatch?.alarms ?? []).map(alarmRule)];
}
