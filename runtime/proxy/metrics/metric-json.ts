/** One metric in the format of prom-client's `getMetricsAsJSON`. */
export type MetricJson = object;
