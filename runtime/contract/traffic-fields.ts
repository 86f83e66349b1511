/** Length of one traffic bucket, milliseconds. A bucket's key carries its start. */
export const trafficBucketMs = 10_000;

/** How long a bucket is kept, seconds: a rollout's statistics look back at most this far. */
export const trafficTtlSeconds = 7_200;
