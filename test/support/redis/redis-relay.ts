import { Relay } from '../../../rehearsal/parts/relay.ts';
import type { TestRedis } from './redis-server.ts';

/** Relay in front of a test's Redis, which a test can cut: then connections end and none begins. */
export class RedisRelay implements AsyncDisposable {
  readonly url: string;
  readonly #relay: Relay;

  private constructor(relay: Relay, url: string) {
    this.#relay = relay;
    this.url = url;
  }

  static async start(target: TestRedis): Promise<RedisRelay> {
    const { relay, port } = await Relay.start(target.port);
    const url = new URL(target.url);
    url.port = String(port);
    return new RedisRelay(relay, url.href);
  }

  cut(): void {
    this.#relay.cut();
  }

  heal(): void {
    this.#relay.heal();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay[Symbol.asyncDispose]();
  }
}
