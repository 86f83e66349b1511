import { unbracketed } from '../../contract/host-port.ts';
import type { Track } from '../../contract/names.ts';
import type { Member } from '../../core/release/release-document.ts';
import { ActiveHealth } from './active-health.ts';
import type { Upstream } from '../http/contract/handler.ts';
import { MemberStats } from './member-stats.ts';
import { OutlierEjection } from './outlier-ejection.ts';
import { WarmUp, type WarmUpOptions } from './warm-up.ts';

/**
 * State of a member as this proxy sees it:
 * - `healthy`: it may take requests.
 * - `unhealthy`: its probes fail.
 * - `ejected`: its requests failed, and its ejection has not ended. Hides `unhealthy`.
 */
type MemberHealth = 'healthy' | 'unhealthy' | 'ejected';

/**
 * One member as this proxy knows it. It lives for as long as the document names it or a request
 * is in flight to it, whatever changes in between, so that a drain can be waited for.
 * Times are milliseconds of one clock that never goes back.
 */
export class RoutedMember {
  readonly id: string;
  readonly track: Track;
  readonly upstream: Upstream;
  readonly stats = new MemberStats();
  readonly #activeHealth = new ActiveHealth();
  readonly #outlierEjection = new OutlierEjection();
  readonly #warmUp: WarmUp;
  #inFlight = 0;

  constructor(member: Member, warmUp: WarmUpOptions) {
    const { host, hostname, port } = new URL(member.url);
    this.id = member.id;
    this.track = member.track;
    this.#warmUp = new WarmUp(warmUp);
    this.upstream = { key: host, host: unbracketed(hostname), port: Number(port) };
  }

  health(now: number): MemberHealth {
    if (this.#outlierEjection.isEjected(now)) return 'ejected';
    return this.#activeHealth.healthy ? 'healthy' : 'unhealthy';
  }

  isAvailable(now: number): boolean {
    return this.health(now) === 'healthy';
  }

  /** True if the last probe contradicted the member's health, which more probes must settle. */
  get inDoubt(): boolean {
    return this.#activeHealth.inDoubt;
  }

  /** Requests and tunnels that this proxy has sent to the member and that have not ended. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** @returns true if the member is warming up. */
  startRequest(): boolean {
    this.#inFlight += 1;
    return this.#warmUp.startRequest();
  }

  endRequest(): void {
    this.#inFlight -= 1;
  }

  /**
   * Takes one probe's result.
   * @returns true if the member became healthy or unhealthy with it.
   */
  probed(passed: boolean): boolean {
    const changed = this.#activeHealth.probed(passed);
    if (changed && passed) this.#warmUp.restart();
    return changed;
  }

  /** Takes one request that succeeded. */
  succeeded(): void {
    this.#outlierEjection.succeeded();
  }

  /**
   * Takes one request that failed.
   * @returns true if enough of them failed in a row to eject the member.
   */
  failed(now: number): boolean {
    return this.#outlierEjection.failed(now);
  }

  /**
   * Ejects the member for a while.
   * @returns the ejection's length, milliseconds.
   */
  eject(now: number): number {
    this.stats.ejected();
    return this.#outlierEjection.eject(now);
  }
}
