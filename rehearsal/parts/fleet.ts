import { z } from 'zod';
import { env } from '../../runtime/contract/env.ts';
import type { Track } from '../../runtime/contract/names.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { linkOptions, type PageLink } from '../page-link.ts';
import { until } from '../until.ts';
import { isUp } from './http-get.ts';
import type { Perch } from './perch-command.ts';

export interface MemberPlan {
  readonly id: string;
  readonly track: Track;
  readonly version: string;
  /** True if it is restarted when it ends, as Docker would do. Default: false. */
  readonly restarts?: boolean;
  /** Faults of its version, as `perch app --fault` takes them. Default: none. */
  readonly fault?: string;
  /** Longest time for which it is judged beside the others of its track, seconds. Default: 0. */
  readonly judgeSeconds?: number;
}

/** Member whose process runs. */
export interface RunningMember extends MemberPlan {
  /** `http://HOST:PORT`. */
  readonly url: string;
  readonly process: { stop(): Promise<void> };
  /** Evidence on which it was found good; undefined if it was not judged. */
  readonly judged: string | undefined;
}

/** Faults of a member, named as in `perch app`. */
export interface MemberFaults {
  /** Percent of requests. */
  readonly 'error-share'?: number;
  /** Path whose requests alone fail. Default: all. */
  readonly 'error-path'?: string;
  readonly 'latency-ms'?: number;
  readonly 'latency-path'?: string;
  /** Number of first requests that are slow. Default: all. */
  readonly 'latency-requests'?: number;
  readonly 'leak-mib-per-s'?: number;
  readonly 'crash-after-ms'?: number;
  readonly unhealthy?: boolean;
  readonly hang?: boolean;
  readonly 'hang-path'?: string;
}

/** Host of all members. */
export const host = 'this-machine';
const reservationSchema = z.object({ url: z.url() });
const activationSchema = z.object({ judged: z.string().optional() });

/** Adds and removes members in the order that Pulumi uses on a server. */
export class Fleet {
  readonly #perch: Perch;
  readonly #address: string;
  readonly #redisUrl: string | undefined;
  readonly #links: readonly PageLink[];
  readonly #members = new Map<string, RunningMember>();

  /**
   * @param address address that the members listen on.
   * @param options.redisUrl URL of Redis as the members' user, secret. Default: that of the commands.
   * @param options.links links in the header of the members' pages. Default: none.
   */
  constructor(
    perch: Perch,
    address: string,
    { redisUrl, links = [] }: { redisUrl?: string; links?: readonly PageLink[] } = {},
  ) {
    this.#perch = perch;
    this.#redisUrl = redisUrl;
    this.#links = links;
    this.#address = address;
  }

  get members(): readonly RunningMember[] {
    return [...this.#members.values()];
  }

  /** @throws PerchError `process_failed` without a canary. */
  get canary(): RunningMember {
    const canary = this.members.find(({ track }) => track === 'canary');
    if (canary === undefined) throw new PerchError('process_failed', 'there is no canary');
    return canary;
  }

  /** Reserves a member, starts it, waits until it is healthy, activates it, and has it judged. */
  async add(plan: MemberPlan): Promise<RunningMember> {
    const { id, track, version, restarts = false, fault, judgeSeconds = 0 } = plan;
    const identity = ['--id', id, '--track', track, '--version', version];
    const address = ['--host', host, '--address', this.#address];
    const reserved = await this.#perch.run('member', 'reserve', ...identity, ...address);
    const { url } = reservationSchema.parse(reserved);
    const environment = {
      [env.memberId]: id,
      [env.track]: track,
      [env.version]: version,
      [env.host]: host,
      [env.bind]: this.#address,
      [env.port]: new URL(url).port,
      ...(this.#redisUrl !== undefined && { [env.redisUrl]: this.#redisUrl }),
    };
    const args = [
      'app',
      '--faults-api',
      ...(fault === undefined ? [] : ['--fault', fault]),
      ...linkOptions(this.#links),
    ];
    const process = restarts
      ? await this.#perch.keepRunning(id, args, environment)
      : await this.#perch.start(id, args, environment);
    await until(`${id} to be healthy`, () => isUp(`${url}/healthz`));
    const judge = ['--judge', String(judgeSeconds)];
    const activated = await this.#perch.run('member', 'activate', '--id', id, ...judge);
    const { judged } = activationSchema.parse(activated);
    const member = { ...plan, url, process, judged };
    this.#members.set(id, member);
    return member;
  }

  /** Replaces the faults that a member produces on purpose. */
  async setFaults({ id, url }: RunningMember, settings: MemberFaults): Promise<void> {
    const { ok, status } = await fetch(`${url}/faults`, {
      method: 'POST',
      body: JSON.stringify(settings),
      signal: AbortSignal.timeout(5_000),
    });
    if (!ok) throw new PerchError('process_failed', `${id} refused the faults: status ${status}`);
  }

  /** Drains a member, stops it, and deregisters it. */
  async remove(id: string): Promise<void> {
    await this.#perch.run('member', 'drain', '--id', id);
    await this.#members.get(id)?.process.stop();
    await this.#perch.run('member', 'deregister', '--id', id);
    this.#members.delete(id);
  }
}
