import type { ProxyReport } from '../../store/release/proxy-reports.ts';

/** Since when most of the proxies that know a member find it unhealthy. */
export class HealthHistory {
  #since = new Map<string, number>();

  enter(reports: readonly ProxyReport[], nowMs: number): ReadonlyMap<string, number> {
    const votes = new Map<string, number>();
    for (const [id, health] of reports.flatMap(({ memberHealth }) =>
      Object.entries(memberHealth),
    )) {
      votes.set(id, (votes.get(id) ?? 0) + (health === 'unhealthy' ? 1 : -1));
    }
    const unhealthy = [...votes].filter(([, balance]) => balance > 0).map(([id]) => id);
    this.#since = new Map(unhealthy.map((id) => [id, this.#since.get(id) ?? nowMs]));
    return this.#since;
  }
}
