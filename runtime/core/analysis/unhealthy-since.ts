/** Results of one proxy's health checks, by member id. */
export interface HealthReport {
  readonly memberHealth: Readonly<Record<string, 'healthy' | 'unhealthy'>>;
}

/**
 * Start of each unhealthy period, milliseconds since the epoch, by member id. A member is unhealthy
 * while most of the proxies that know it say so.
 */
export type UnhealthySince = ReadonlyMap<string, number>;

/** Next unhealthy periods, from the previous ones and the proxies' reports of now. */
export function unhealthySince(
  previous: UnhealthySince,
  reports: readonly HealthReport[],
  nowMs: number,
): UnhealthySince {
  const votes = new Map<string, number>();
  for (const [id, health] of reports.flatMap(({ memberHealth }) => Object.entries(memberHealth))) {
    votes.set(id, (votes.get(id) ?? 0) + (health === 'unhealthy' ? 1 : -1));
  }
  const unhealthy = [...votes].filter(([, balance]) => balance > 0).map(([id]) => id);
  return new Map(unhealthy.map((id) => [id, previous.get(id) ?? nowMs]));
}
