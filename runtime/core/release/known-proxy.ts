/** A proxy that has reported and has not withdrawn its report, live or not. */
export interface KnownProxy {
  readonly id: string;
  /** Time of its first report, milliseconds since the epoch by Redis' clock. */
  readonly firstReportMs: number;
  /** Time of its last report, by the same clock. */
  readonly lastReportMs: number;
}

/** Id of a worker process: its host, its slot, and a random part. */
const idPattern = /^(?<host>.+)-(?<slot>\d+)-[0-9a-f]{6}$/;

/** Host of a proxy; the whole id if it names none. */
export function hostOfProxy(id: string): string {
  return idPattern.exec(id)?.groups?.['host'] ?? id;
}

/**
 * Known proxies that are not live, without those that another process has replaced: a live one of
 * the same host that began after the last report, or one of the same slot that began later.
 */
export function silentProxies(
  known: readonly KnownProxy[],
  liveIds: readonly string[],
): KnownProxy[] {
  const live = new Set(liveIds);
  const successors = known.filter(({ id }) => live.has(id));
  return known.filter(
    (proxy) => !live.has(proxy.id) && !successors.some((other) => replaces(other, proxy)),
  );
}

function replaces(successor: KnownProxy, { id, firstReportMs, lastReportMs }: KnownProxy): boolean {
  if (hostOfProxy(successor.id) !== hostOfProxy(id)) return false;
  const began = successor.firstReportMs;
  return began > lastReportMs || (slotOf(successor.id) === slotOf(id) && began > firstReportMs);
}

function slotOf(id: string): string | undefined {
  return idPattern.exec(id)?.groups?.['slot'];
}
