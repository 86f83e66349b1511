import { formatValue } from '../core/alerting/format-value.ts';
import { metrics } from '../core/alerting/metric-catalog.ts';
import type { StoredJudgeStatus } from '../core/analysis/judge-status.ts';
import { table } from './output.ts';

/** What the leader thinks of the canary, and the rules that are broken or near to it. */
export function judgeStatusText(judgeStatus: StoredJudgeStatus | null): string {
  if (judgeStatus === null) return 'no monitor judges';
  const { verdict, near, leader } = judgeStatus;
  const judged =
    verdict === null
      ? `no canary on trial (${leader})`
      : `canary ${verdict.kind}: ${verdict.sentence} (${leader})`;
  if (near.length === 0) return judged;
  const rows = near.map(({ rule, subject, metric, value, threshold, state }) => {
    const unit = Object.entries(metrics).find(([name]) => name === metric)?.[1].unit ?? 'count';
    return [rule, subject, formatValue(value, unit), formatValue(threshold, unit), state];
  });
  return `${judged}\n\n${table([['RULE', 'SUBJECT', 'VALUE', 'THRESHOLD', 'STATE'], ...rows])}`;
}
