import type { Readiness } from '../parts/running-proxy.ts';
import type { RedisView } from '../parts/redis-reader.ts';
import type { Stage } from '../stage.ts';
import type { Link, Snapshot } from './snapshot.ts';

const lookEveryMs = 1_000;

/** Looks at the stage each second, as an outsider, so that the board need not wait for anyone. */
export class StageWatch {
  readonly #stage: Stage;
  #proxy: Readiness | undefined;
  #redis: RedisView | undefined;
  #redisAnswers = true;
  #mails: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  start(): void {
    void this.#look();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  snapshot(title: string, links: readonly Link[]): Snapshot {
    const { traffic, recorder } = this.#stage;
    return {
      title,
      links,
      elapsedMs: recorder.elapsedMs,
      counts: traffic.counts,
      recent: traffic.recent.counts,
      ratePerSecond: traffic.recent.ratePerSecond,
      proxy: this.#proxy,
      redis: this.#redis,
      redisAnswers: this.#redisAnswers,
      mails: this.#mails,
      timeline: recorder.timeline,
    };
  }

  async #look(): Promise<void> {
    this.#timer = setTimeout(() => void this.#look(), lookEveryMs);
    const [proxy, redis, subjects] = await Promise.all([
      this.#stage.proxy.readiness(),
      this.#stage.reader.read().catch(() => undefined),
      this.#stage.monitoring?.mailbox.subjects().catch(() => undefined),
    ]);
    this.#proxy = proxy;
    this.#redis = redis ?? this.#redis;
    this.#mails = subjects?.length ?? this.#mails;
    this.#redisAnswers = redis !== undefined;
  }
}
