/** Range of host ports for members, both ends included. */
export const memberPorts = { first: 20_000, last: 29_999 } as const;

/** Default ports. */
export const defaultPorts = {
  proxy: 8080,
  proxyAdmin: 9080,
  app: 3000,
  console: 8090,
  monitorMetrics: 9464,
  /** That of flagd for OFREP, which its clients ask by default. */
  flags: 8016,
} as const;

/**
 * Ports of a host's metrics, counted from the one that a stack names: its monitor and its two proxies.
 * Each process is a target of its own, so that Prometheus knows which of them is down.
 */
export const metricsPorts = { monitor: 0, proxy: 1, secondProxy: 2, count: 3 } as const;

/** First port on which hosts let processes listen that are not root, such as proxies. */
export const firstUnprivilegedPort = 80;
