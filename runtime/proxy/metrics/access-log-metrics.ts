import type { Registry } from 'prom-client';
import type { LineWriter } from '../access/line-writer.ts';
import { addSampled, single } from './sampled-metric.ts';

/** Adds the metrics of the access log. */
export function addAccessLogMetrics(
  registry: Registry,
  writer: Pick<LineWriter, 'taken' | 'dropped'>,
): void {
  addSampled(registry, {
    type: 'counter',
    name: 'perch_proxy_access_log_lines_total',
    help: 'Lines of the access log.',
    sample: () => single(writer.taken),
  });
  addSampled(registry, {
    type: 'counter',
    name: 'perch_proxy_access_log_dropped_total',
    help: 'Lines of the access log that were dropped because standard output was too slow.',
    sample: () => single(writer.dropped),
  });
}
