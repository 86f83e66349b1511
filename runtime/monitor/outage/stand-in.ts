/** Memory of the other monitors, for the time while Redis does not answer. */
export interface KnownMonitors {
  /** Hosts whose monitors wrote a sample. */
  readonly hosts: readonly string[];
  /** Name of the last leader, `HOST/...`; undefined if none was known. */
  readonly leader: string | undefined;
}

/** Time after which the last leader alerts, milliseconds. */
const leaderAfterMs = 10_000;
/** Time after which another monitor does too, milliseconds: the leader may be gone with Redis. */
const standInAfterMs = 60_000;

/**
 * Time of an outage of Redis after which the monitor of `host` alerts, milliseconds; undefined if
 * it never does. Monitors cannot agree on anything without Redis, so the last leader alerts, and
 * one stand-in: the first host by name that is not the leader's.
 */
export function alertAfterMs(
  host: string,
  ledLast: boolean,
  { hosts, leader }: KnownMonitors,
): number | undefined {
  if (ledLast) return leaderAfterMs;
  const leaderHost = leader?.split('/')[0];
  const [standIn = host] = [...new Set([...hosts, host])]
    .filter((one) => one !== leaderHost)
    .sort();
  return standIn === host ? standInAfterMs : undefined;
}
