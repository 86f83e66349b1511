import type { Track } from '../../contract/names.ts';
import type { Member } from '../../core/release/release-document.ts';
import { ActiveHealth } from './active-health.ts';
import type { Upstream } from '../http/contract/handler.ts';
import { MemberStats } from './member-stats.ts';
import { OutlierEjection } from './outlier-ejection.ts';

/**
 * One member as this proxy knows it. It lives for as long as the document names it or a request
 * is in flight to it, whatever changes in between, so that a drain can be waited for.
 */
export class RoutedMember {
  readonly id: string;
  readonly track: Track;
  readonly upstream: Upstream;
  readonly activeHealth = new ActiveHealth();
  readonly outlierEjection = new OutlierEjection();
  readonly stats = new MemberStats();
  /** Requests and tunnels that this proxy has sent to the member and that have not ended. */
  inFlight = 0;

  constructor(member: Member) {
    const { host, hostname, port } = new URL(member.url);
    this.id = member.id;
    this.track = member.track;
    this.upstream = { key: host, host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
  }

  isAvailable(now: number): boolean {
    return this.activeHealth.healthy && !this.outlierEjection.isEjected(now);
  }
}
