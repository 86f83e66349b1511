import { formatValue, formatDuration } from '../../core/alerting/format-value.ts';
import { metrics } from '../../core/alerting/metric-catalog.ts';
import { actionText, type Rule } from '../../core/alerting/rule.ts';
import { rulesOf } from '../../core/alerting/rule-config.ts';
import type { MonitorConfig } from '../config.ts';
import { alarmRule } from '../cloudwatch/alarm-watch.ts';

/** The rules in force, a line each, for people. */
export function effectiveRules(config: MonitorConfig): string {
  const alarms = (config.cloudwatch?.alarms ?? []).map(alarmRule);
  const { alpha, badRate, beta, actions } = config.judge;
  const judge =
    `judge: harmful at alpha ${alpha}, safe below ${100 * badRate} % failures at beta ${beta}: ` +
    actions.map(actionText).join(', ');
  return [...rulesOf(config.rules), ...alarms].map(ruleLine).concat(judge).join('\n');
}

function ruleLine({ id, metric, comparison, threshold, forMs, noData, actions }: Rule): string {
  const { unit } = metrics[metric];
  const limit =
    metric === 'alarm.state' ? 'in ALARM' : `${comparison} ${formatValue(threshold, unit)}`;
  const lasting = forMs === 0 ? '' : ` for ${formatDuration(forMs)}`;
  const missing = noData === 'breach' ? ', no data counts' : '';
  const done = actions.map(actionText).join(', ') || 'nothing';
  return `${id}: ${metric} ${limit}${lasting}${missing}: ${done}`;
}
