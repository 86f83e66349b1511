/**
 * Names of what Perch keeps in Redis. Every key carries the service, so that several services
 * can share one Redis.
 */
export interface RedisKeys {
  /** String: the release document, JSON. */
  readonly release: string;
  /** Pub/sub channel: the generation just stored. A hint; the document is the truth. */
  readonly releaseChanged: string;
  /** Stream: what happened, bounded. */
  readonly events: string;
  /** Hash: flag key -> flagd flag definition, JSON. */
  readonly flags: string;
  /** Pub/sub channel: the flag key just changed. A hint. */
  readonly flagsChanged: string;
  /** Hash: `rule|subject` -> incident, JSON. */
  readonly incidents: string;
  /** Stream: notices to deliver. */
  readonly outbox: string;
  /** String: since when which canary is on trial, JSON. */
  readonly trial: string;
  /** String with a TTL: what the leader thinks now, JSON. */
  readonly verdict: string;
  /** String with a TTL: who judges. */
  readonly leader: string;
  /** Counter: the fencing epoch of the newest leader. */
  readonly epoch: string;
  /** Hash with a TTL: the counts of one 10 s bucket, summed over proxies. */
  readonly traffic: (bucketStartMs: number) => string;
  /** String with a TTL: the newest sample of one host, JSON. */
  readonly sample: (host: string) => string;
  /** String with a TTL: what one proxy reports, JSON. */
  readonly proxy: (id: string) => string;
  /** String with a TTL: what a monitor tells a canary of its host that must go, JSON. */
  readonly ejection: (memberId: string) => string;
  /** Hash: what the demo app's `/set` keeps. */
  readonly app: string;
}

export function redisKeys(service: string): RedisKeys {
  const key = (name: string) => `perch:${service}:${name}`;
  return {
    release: key('release'),
    releaseChanged: key('release-changed'),
    events: key('events'),
    flags: key('flags'),
    flagsChanged: key('flags-changed'),
    incidents: key('incidents'),
    outbox: key('outbox'),
    trial: key('trial'),
    verdict: key('verdict'),
    leader: key('leader'),
    epoch: key('epoch'),
    traffic: (bucketStartMs) => key(`traffic:${bucketStartMs}`),
    sample: (host) => key(`sample:${host}`),
    proxy: (id) => key(`proxy:${id}`),
    ejection: (memberId) => key(`leave:${memberId}`),
    app: key('app'),
  };
}
