/**
 * Keys of Perch's data in Redis. Every key contains the service's name, so that several services can
 * share one Redis.
 */
export interface RedisKeys {
  /** String: the release document, JSON. */
  readonly release: string;
  /** Pub/sub channel: generation just stored. A hint; readers fetch the document itself. */
  readonly releaseChanged: string;
  /** Stream: events, bounded. */
  readonly events: string;
  /** Stream: starts and ends of releases, bounded. */
  readonly releases: string;
  /** Hash: flag key -> flagd flag definition, JSON. */
  readonly flags: string;
  /** Hash: flag key -> its newest 50 changes at most, JSON; also of the newest 100 deleted flags. */
  readonly flagHistory: string;
  /** Pub/sub channel: key of the flag just changed. A hint. */
  readonly flagsChanged: string;
  /** Hash: `rule|subject` -> incident, JSON. */
  readonly incidents: string;
  /** Stream: incidents that a newer one of their rule and subject replaced, JSON; the newest 200. */
  readonly pastIncidents: string;
  /** Hash: `rule|subject` -> operator's acknowledgement of the open incident, JSON. */
  readonly acknowledgements: string;
  /** String with a TTL: an operator's silence of a rule, or of one `rule|subject`, JSON. */
  readonly silence: (id: string) => string;
  /** Stream: notifications to deliver. */
  readonly outbox: string;
  /** Hash with a TTL: entry of the outbox -> the message that it is part of, and its attempts. */
  readonly outboxMessages: string;
  /** String: start of the current canary's trial, JSON. */
  readonly trial: string;
  /** String with a TTL: judge status of the leader, JSON. */
  readonly verdict: string;
  /** String with a TTL: id of the leader. */
  readonly leader: string;
  /** Counter: fencing epoch of the newest leader. */
  readonly epoch: string;
  /** Hash with a TTL: counts of one 10 s bucket, summed over proxies. */
  readonly traffic: (bucketStartMs: number) => string;
  /** Hash with a TTL: start of a minute -> its traffic, JSON; the last day. */
  readonly trafficMinutes: string;
  /** Hash with a TTL: start of an hour -> its traffic, JSON; the last 30 days. */
  readonly trafficHours: string;
  /** Hash with a TTL: start of ten seconds -> the judge's highest evidence in them, JSON; the last hour. */
  readonly evidenceBuckets: string;
  /** Hash with a TTL: start of a minute -> the judge's highest evidence in it, JSON; the last day. */
  readonly evidenceMinutes: string;
  /** Hash with a TTL: start of an hour -> the judge's highest evidence in it, JSON; the last 30 days. */
  readonly evidenceHours: string;
  /** String with a TTL: newest sample of one host, JSON. */
  readonly sample: (host: string) => string;
  /** Hash with a TTL: image id -> when one host's monitor saw it first and what used it, JSON. */
  readonly images: (host: string) => string;
  /** String with a TTL: report of one proxy, JSON. */
  readonly proxy: (id: string) => string;
  /** Hash: proxy id -> times of its first and last report. A withdrawn report is removed. */
  readonly proxies: string;
  /**
   * String with a TTL: a monitor's order to a canary of its host to eject itself, JSON. Also the
   * pub/sub channel of such orders while Redis refuses writes.
   */
  readonly ejection: (memberId: string) => string;
  /** String: key that signs the affinity cookies, 32 bytes in base64. Secret. */
  readonly cookieKey: string;
  /**
   * String with a TTL: what a repair of the append-only file lost, JSON. The start of Redis' container
   * writes it.
   */
  readonly redisRepair: string;
  /**
   * String with a TTL: the release document of one generation, which Redis lost and a proxy still
   * applies, JSON.
   */
  readonly lastGood: (generation: number | '*') => string;
  /** Sorted set: hook and key of each run that succeeded -> its time; the newest 1,000. */
  readonly hookRuns: string;
  /** String with a TTL: host on which a hook of a release runs. */
  readonly hookHost: string;
  /** String: the last record of the service's maintenance, JSON. Absent says nothing. */
  readonly maintenance: string;
  /** String: configuration of a guest's monitors, JSON, its secrets sealed. */
  readonly monitorConfig: string;
  /**
   * Hash: certificates and accounts of authorities, their secrets sealed, each with its revision;
   * field `version` changes with every write. Of the edge service, like the next five.
   */
  readonly certificates: string;
  /** Pub/sub channel: a certificate, an account or a challenge changed. A hint. */
  readonly certificatesChanged: string;
  /** Hash: host name -> status of its ACME certificate, JSON. */
  readonly certificateStatus: string;
  /** Hash: token of an http-01 challenge -> its answer, JSON. */
  readonly challenges: string;
  /** String with a TTL: id of the proxy that orders certificates. */
  readonly orderer: string;
  /** Counter: fencing epoch of the newest orderer. */
  readonly ordererEpoch: string;
  /** String: keys of the session tickets of TLS, sealed. Of the edge service. */
  readonly ticketKeys: string;
  /** Hash: values stored by the demo app's `/set`. */
  readonly app: string;
}

/** Keys that the services of one edge share; no service's name can be one of theirs. */
export const edgeKeys = {
  /** String: hosts and path prefixes of all services, JSON. */
  routes: 'perch:routes',
  /** Pub/sub channel: generation of the routes just stored. A hint. */
  routesChanged: 'perch:routes-changed',
  /** Hash: service -> its Redis user's password digest and the stack that owns it, JSON. */
  services: 'perch:services',
  /** Counter: members' addresses that were ever reserved, of all services. */
  reservations: 'perch:reservations',
} as const;

export function redisKeys(service: string): RedisKeys {
  const key = (name: string) => `perch:${service}:${name}`;
  return {
    release: key('release'),
    releaseChanged: key('release-changed'),
    events: key('events'),
    releases: key('releases'),
    flags: key('flags'),
    flagHistory: key('flag-history'),
    flagsChanged: key('flags-changed'),
    incidents: key('incidents'),
    pastIncidents: key('past-incidents'),
    acknowledgements: key('acknowledgements'),
    silence: (id) => key(`silence:${id}`),
    outbox: key('outbox'),
    outboxMessages: key('outbox-messages'),
    trial: key('trial'),
    verdict: key('verdict'),
    leader: key('leader'),
    epoch: key('epoch'),
    traffic: (bucketStartMs) => key(`traffic:${bucketStartMs}`),
    trafficMinutes: key('traffic-minutes'),
    trafficHours: key('traffic-hours'),
    evidenceBuckets: key('evidence-buckets'),
    evidenceMinutes: key('evidence-minutes'),
    evidenceHours: key('evidence-hours'),
    sample: (host) => key(`sample:${host}`),
    images: (host) => key(`images:${host}`),
    proxy: (id) => key(`proxy:${id}`),
    proxies: key('proxies'),
    ejection: (memberId) => key(`leave:${memberId}`),
    cookieKey: key('cookie-key'),
    redisRepair: key('redis-repair'),
    lastGood: (generation) => key(`last-good:${generation}`),
    hookRuns: key('hook-runs'),
    hookHost: key('hook-host'),
    maintenance: key('maintenance'),
    monitorConfig: key('monitor-config'),
    certificates: key('certificates'),
    certificatesChanged: key('certificates-changed'),
    certificateStatus: key('certificate-status'),
    challenges: key('challenges'),
    orderer: key('orderer'),
    ordererEpoch: key('orderer-epoch'),
    ticketKeys: key('ticket-keys'),
    app: key('app'),
  };
}
