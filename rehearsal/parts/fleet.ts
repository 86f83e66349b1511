import { z } from 'zod';
import { env } from '../../runtime/contract/env.ts';
import type { Track } from '../../runtime/contract/names.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { until } from '../until.ts';
import { isUp } from './http-get.ts';
import type { Perch } from './perch-command.ts';

export interface MemberPlan {
  readonly id: string;
  readonly track: Track;
  readonly version: string;
  /** Whether it is started again when it ends, as Docker would. Default false. */
  readonly restarts?: boolean;
}

/** One running app. */
export interface RunningMember extends MemberPlan {
  /** `http://HOST:PORT`. */
  readonly url: string;
  readonly process: { stop(): Promise<void> };
}

/** As `perch app` names them. */
export interface MemberFaults {
  /** Percent of requests. */
  readonly 'error-share'?: number;
  readonly 'latency-ms'?: number;
  readonly 'leak-mib-per-s'?: number;
  readonly 'crash-after-ms'?: number;
  readonly unhealthy?: boolean;
  readonly hang?: boolean;
}

/** The host that all members are on. */
export const host = 'this-machine';
const reservationSchema = z.object({ url: z.url() });

/** The members, and how one comes and goes: in the order that Pulumi keeps on a server. */
export class Fleet {
  readonly #perch: Perch;
  readonly #address: string;
  readonly #members = new Map<string, RunningMember>();

  /** @param address - on which they listen. */
  constructor(perch: Perch, address: string) {
    this.#perch = perch;
    this.#address = address;
  }

  get members(): readonly RunningMember[] {
    return [...this.#members.values()];
  }

  /** @throws PerchError `process_failed` when there is none. */
  get canary(): RunningMember {
    const canary = this.members.find(({ track }) => track === 'canary');
    if (canary === undefined) throw new PerchError('process_failed', 'there is no canary');
    return canary;
  }

  /** Reserves, starts, waits until it is healthy, activates. */
  async add(plan: MemberPlan): Promise<RunningMember> {
    const { id, track, version, restarts = false } = plan;
    const what = ['--id', id, '--track', track, '--version', version];
    const where = ['--host', host, '--address', this.#address];
    const reserved = await this.#perch.run('member', 'reserve', ...what, ...where);
    const { url } = reservationSchema.parse(reserved);
    const environment = {
      [env.memberId]: id,
      [env.track]: track,
      [env.version]: version,
      [env.host]: host,
      [env.bind]: this.#address,
      [env.port]: new URL(url).port,
    };
    const args = ['app', '--faults-api'];
    const process = restarts
      ? await this.#perch.keepRunning(id, args, environment)
      : await this.#perch.start(id, args, environment);
    await until(`${id} to be healthy`, () => isUp(`${url}/healthz`));
    await this.#perch.run('member', 'activate', '--id', id);
    const member = { ...plan, url, process };
    this.#members.set(id, member);
    return member;
  }

  /** From now on these things go wrong there on purpose, and no others. */
  async setFaults({ id, url }: RunningMember, settings: MemberFaults): Promise<void> {
    const { ok, status } = await fetch(`${url}/faults`, {
      method: 'POST',
      body: JSON.stringify(settings),
      signal: AbortSignal.timeout(5_000),
    });
    if (!ok) throw new PerchError('process_failed', `${id} refused its faults: status ${status}`);
  }

  /** Drains, stops, releases. */
  async remove(id: string): Promise<void> {
    await this.#perch.run('member', 'drain', '--id', id);
    await this.#members.get(id)?.process.stop();
    await this.#perch.run('member', 'release', '--id', id);
    this.#members.delete(id);
  }
}
