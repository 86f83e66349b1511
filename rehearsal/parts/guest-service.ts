import { randomBytes } from 'node:crypto';
import { env } from '../../runtime/contract/env.ts';
import type { Traffic } from '../traffic/traffic.ts';
import { Fleet, type MemberPlan } from './fleet.ts';
import { monitorConfigOf } from './monitor-config.ts';
import type { Perch } from './perch-command.ts';
import { RedisReader } from './redis-reader.ts';

/** Service that joins the proxies, the monitor and the Redis of the rehearsal's own service. */
export interface GuestPlan {
  readonly name: string;
  readonly members: readonly MemberPlan[];
  /** The canary's weight, percent. Default: 0. */
  readonly weight?: number;
  /** Memory of a member that its people want to know of, MB. Default: more than one needs. */
  readonly memberMemoryMb?: number;
}

/** Parts of the rehearsal that guests use. */
export interface GuestHost {
  /** Commands of the host stack. */
  readonly perch: Perch;
  /** URL of Redis as the host stack's user. Secret. */
  readonly redisUrl: string;
  readonly memberAddress: string;
  /** Port of the emulated SES. */
  readonly sesPort: number;
  readonly consoleUrl: string;
  /** Way in which the proxies do TLS for guests. */
  readonly tls: 'acme' | 'none';
  /** Settles once the proxies have a certificate for the host name, if they need one. */
  readonly untilCertified: (hostName: string) => Promise<void>;
  /** Traffic to a host name of the proxy. */
  readonly trafficTo: (hostName: string) => Traffic;
}

/** Guest with its own members, Redis user, route, flags, thresholds and people. */
export class GuestService {
  readonly service: string;
  readonly hostName: string;
  /** Address of the people who get its emails. */
  readonly team: string;
  /** Commands about it, with the Redis user of the host stack, as Pulumi runs them. */
  readonly perch: Perch;
  /** Commands about it with the Redis user of its members. */
  readonly memberPerch: Perch;
  readonly fleet: Fleet;
  readonly reader: RedisReader;
  readonly traffic: Traffic;
  readonly #host: GuestHost;

  private constructor(host: GuestHost, service: string, password: string, reader: RedisReader) {
    const url = new URL(host.redisUrl);
    url.username = service;
    url.password = password;
    this.#host = host;
    this.service = service;
    this.hostName = hostNameOf(service);
    this.team = teamOf(service);
    this.perch = host.perch.with({ [env.service]: service });
    this.memberPerch = this.perch.with({ [env.redisUrl]: url.href });
    this.fleet = new Fleet(this.perch, host.memberAddress, { redisUrl: url.href });
    this.reader = reader;
    this.traffic = host.trafficTo(this.hostName);
  }

  /** Registers the service, starts its members, and settles once the proxies route to them. */
  static async join(host: GuestHost, plan: GuestPlan): Promise<GuestService> {
    const { name, members, weight = 0, memberMemoryMb } = plan;
    const { sesPort, consoleUrl: link } = host;
    const redisPassword = randomBytes(24).toString('hex');
    const monitor = monitorConfigOf({ sesPort, link, to: teamOf(name), memberMemoryMb });
    await host.perch.give({ service: name, redisPassword, monitor }, 'service', 'set');
    const reader = await RedisReader.connect(host.redisUrl, name);
    const guest = new GuestService(host, name, redisPassword, reader);
    await Promise.all([
      guest.perch.run('app', 'seed-flags'),
      ...members.map((member) => guest.fleet.add(member)),
    ]);
    await guest.perch.run('weight', String(weight));
    const route = { service: name, hosts: [guest.hostName], tls: host.tls };
    await host.perch.give(route, 'route', 'set');
    await host.untilCertified(guest.hostName);
    return guest;
  }

  /** Ends its traffic, its route and its members, in the order in which Pulumi deletes them. */
  async leave(): Promise<void> {
    await this.traffic.pause();
    await this.#host.perch.run('route', 'remove', this.service);
    await Promise.all(this.fleet.members.map(({ id }) => this.fleet.remove(id)));
    await this.#host.perch.run('service', 'remove', this.service);
  }

  /** Ends its traffic and its connection. */
  async close(): Promise<void> {
    await this.traffic.stop();
    this.reader.close();
  }
}

/** Guests that have joined. */
export class GuestServices {
  readonly #host: GuestHost;
  readonly #guests: GuestService[] = [];

  constructor(host: GuestHost) {
    this.#host = host;
  }

  get all(): readonly GuestService[] {
    return this.#guests;
  }

  async join(plan: GuestPlan): Promise<GuestService> {
    const guest = await GuestService.join(this.#host, plan);
    this.#guests.push(guest);
    return guest;
  }

  async close(): Promise<void> {
    await Promise.all(this.#guests.map((guest) => guest.close()));
  }
}

/** Host name that browsers and curl resolve to loopback by themselves. */
export function hostNameOf(service: string): string {
  return `${service}.localhost`;
}

function teamOf(service: string): string {
  return `${service}-team@example.com`;
}
