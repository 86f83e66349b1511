import { formatDuration } from '../../contract/format-duration.ts';
import { formatValue } from '../../core/alerting/format-value.ts';
import { metrics } from '../../core/alerting/metric-catalog.ts';
import { actionText, type Rule } from '../../core/alerting/rule.ts';
import type { MonitorConfig } from '../config.ts';
import { rulesInForce } from './rules-in-force.ts';

/** Lists the rules in force, and the judge's settings, a line each, for people. */
export function rulesText(config: MonitorConfig): string {
  const { alpha, badRate, beta, actions } = config.judge;
  const judge =
    `judge: harmful at alpha ${alpha}, safe below ${100 * badRate}% failures at beta ${beta}: ` +
    actions.map(actionText).join(', ');
  return rulesInForce(config).map(ruleText).concat(judge).join('\n');
}

function ruleText({ id, metric, comparison, threshold, forMs, noData, actions }: Rule): string {
  const { unit } = metrics[metric];
  const limit =
    metric === 'alarm.state' ? 'in ALARM' : `${comparison} ${formatValue(threshold, unit)}`;
  const lasting = forMs === 0 ? '' : ` for ${formatDuration(forMs)}`;
  const missing = noData === 'breach' ? ', no data counts' : '';
  const done = actions.map(actionText).join(', ') || 'nothing';
  return `${id}: ${metric} ${limit}${lasting}${missing}: ${done}`;
}
