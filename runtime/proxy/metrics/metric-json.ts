/** One metric as prom-client's `getMetricsAsJSON` writes it. */
export type MetricJson = object;
