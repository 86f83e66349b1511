import type { Readiness } from '../parts/running-proxy.ts';
import { teamAddress } from '../parts/monitor-config.ts';
import type { RedisView } from '../parts/redis-reader.ts';
import type { Stage } from '../stage.ts';
import type { Snapshot } from './snapshot.ts';

const pollEveryMs = 1_000;

/** Polls the proxy, Redis and the mailbox every second, so that the board never waits for them. */
export class StageWatch {
  readonly #stage: Stage;
  #proxy: Readiness | undefined;
  #redis: RedisView | undefined;
  #redisResponds = true;
  #emails: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  start(): void {
    void this.#poll();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  snapshot(shown: Pick<Snapshot, 'title' | 'links' | 'tips'>): Snapshot {
    const { traffic, recorder, service, guests } = this.#stage;
    return {
      ...shown,
      service,
      guests: guests.all.map((guest) => ({ service: guest.service, counts: guest.traffic.counts })),
      elapsedMs: recorder.elapsedMs,
      counts: traffic.counts,
      recent: traffic.recent.counts,
      ratePerSecond: traffic.recent.ratePerSecond,
      proxy: this.#proxy,
      redis: this.#redis,
      redisResponds: this.#redisResponds,
      emails: this.#emails,
      timeline: recorder.timeline,
    };
  }

  async #poll(): Promise<void> {
    this.#timer = setTimeout(() => void this.#poll(), pollEveryMs);
    const [proxy, redis, subjects] = await Promise.all([
      this.#stage.proxy.readiness(),
      this.#stage.reader.read().catch(() => undefined),
      this.#stage.monitoring?.mailbox.subjects(teamAddress).catch(() => undefined),
    ]);
    this.#proxy = proxy;
    this.#redis = redis ?? this.#redis;
    this.#emails = subjects?.length ?? this.#emails;
    this.#redisResponds = redis !== undefined;
  }
}
