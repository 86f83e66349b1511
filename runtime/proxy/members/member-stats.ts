import type { UpstreamFault } from '../http/contract/handler.ts';
import { LatencyCounts } from './latency-counts.ts';

/**
 * What this process counted of one member since it started, for `/metrics`. Plain numbers: they
 * are touched with every request and read only when someone scrapes.
 */
export class MemberStats {
  /** Answers by status class: index 1 for 1xx (an accepted upgrade) to 5 for 5xx. */
  readonly answers = [0, 0, 0, 0, 0, 0];
  readonly latency = new LatencyCounts();
  /** Attempts that ended without an answer, or amid it. */
  readonly faults: Record<UpstreamFault, number> = {
    connect: 0,
    reset: 0,
    stale: 0,
    timeout: 0,
    malformed: 0,
  };
  /** Attempts that ended because the client went away. */
  clientAborts = 0;
  /** Times that failures in a row took the member out. */
  ejections = 0;

  answered(status: number, durationMs: number): void {
    const statusClass = Math.trunc(status / 100);
    this.answers[statusClass] = (this.answers[statusClass] ?? 0) + 1;
    this.latency.add(durationMs);
  }
}
