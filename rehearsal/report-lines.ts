import { count, milliseconds, type Paint } from './board/text.ts';
import type { Report } from './report.ts';
import type { RequestCounts } from './traffic/request-counts.ts';

/** Lines printed at the end: checks, totals and causes of failures. */
export function reportLines(report: Report, counts: RequestCounts, paint: Paint): string[] {
  const { requests, checks } = report;
  const totals = [
    `${count(requests.total)} requests`,
    `stable ${count(requests.stable)}`,
    `canary ${count(requests.canary)}`,
    paint(requests.failed === 0 ? 'green' : 'red', `failed ${count(requests.failed)}`),
    `p50 ${milliseconds(counts.latencyMs(50))}`,
    `p95 ${milliseconds(counts.latencyMs(95))}`,
  ];
  const causes = Object.entries(requests.failures).map(
    ([cause, times]) => `  ${paint('red', `${count(times)} failed: ${cause}`)}`,
  );
  return [
    ...checks.map(({ name, ok, expected, actual }) => {
      const mark = ok ? paint('green', 'passed') : paint('red', 'FAILED');
      return `  ${mark}  ${name}: ${actual} (expected ${expected})`;
    }),
    totals.join(', '),
    ...causes,
  ];
}
