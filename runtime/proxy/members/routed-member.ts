import { unbracketed } from '../../contract/host-port.ts';
import type { Track } from '../../contract/names.ts';
import type { Member } from '../../core/release/release-document.ts';
import { ActiveHealth } from './active-health.ts';
import type { Upstream, UpstreamFault } from '../http/contract/handler.ts';
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
  readonly version: string;
  readonly upstream: Upstream;
  readonly stats = new MemberStats();
  readonly #activeHealth = new ActiveHealth();
  readonly #outlierEjection = new OutlierEjection();
  readonly #warmUp: WarmUp;
  #inFlight = 0;
  /** True if probes or a connection have failed since its last success: its process was gone. */
  #wasDown = false;
  #isEjectedForSilence = false;

  constructor(member: Member, warmUp: WarmUpOptions) {
    const { host, hostname, port } = new URL(member.url);
    this.id = member.id;
    this.track = member.track;
    this.version = member.version;
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

  /** True if its probes pass, whether it is ejected or not. */
  get passesProbes(): boolean {
    return this.#activeHealth.healthy;
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
   * Takes one probe's result. A member that answered nothing because it was down is back when its
   * probes pass: that ends its ejection (Envoy's `successful_active_health_check_uneject_host`). One
   * that passes its probes all the time, and answers nothing else, stays ejected.
   * @returns true if the member became healthy or unhealthy with it, or returned from its ejection.
   */
  probed(passed: boolean, now: number): boolean {
    const isEjected = this.#outlierEjection.isEjected(now);
    const changed = this.#activeHealth.probed(passed);
    if (changed && passed) this.#warmUp.restart();
    // A single failed probe of a member that serves is no sign that it was down.
    if (!passed && (isEjected || changed)) this.#wasDown = true;
    const isBack =
      passed && isEjected && this.#isEjectedForSilence && this.#wasDown && this.passesProbes;
    if (isBack) {
      this.#outlierEjection.end(now);
      this.#wasDown = false;
    }
    return changed || isBack;
  }

  /** Takes one request that succeeded. */
  succeeded(): void {
    this.#wasDown = false;
    this.#outlierEjection.succeeded();
  }

  /**
   * Takes one request that failed: with an answer, or without one because of a fault.
   * @param goodElsewhereAt time at which another member answered such a request well last. Default:
   * any, for a request without an answer.
   * @returns true if enough of them failed in a row to eject the member.
   */
  failed(fault: UpstreamFault | 'answer', now: number, goodElsewhereAt?: number): boolean {
    if (fault === 'connect') this.#wasDown = true;
    return this.#outlierEjection.failed(now, goodElsewhereAt);
  }

  /**
   * Ejects the member for a while, because of the failure that it was {@link failed} with last.
   * @returns the ejection's length, milliseconds.
   */
  eject(fault: UpstreamFault | 'answer', now: number): number {
    this.#isEjectedForSilence = fault !== 'answer';
    this.stats.ejected();
    return this.#outlierEjection.eject(now);
  }
}
