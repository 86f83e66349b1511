/**
 * Marker that a host's machine is about to stop: a file in the proxies' state folder. While it is
 * there and new, the proxies of the host answer the health checks of a load balancer with 503, so
 * that it sends them no further requests. They answer everything else as before.
 */
export const lameDuck = {
  file: 'lame-duck',
  /** Age from which the marker counts for nothing, milliseconds: the machine did not stop. */
  longestMs: 900_000,
} as const;
