import { AggregatorRegistry, Registry } from 'prom-client';
import type { MetricJson } from '../metrics/metric-json.ts';

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** The metrics of several processes, one list each, as one page for Prometheus. */
export async function metricsText(lists: readonly (readonly MetricJson[])[]): Promise<string> {
  return await AggregatorRegistry.aggregate([...lists]).metrics();
}
