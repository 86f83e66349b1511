import type { Visitor } from '../sign-in/visitor.ts';

/** Service that somebody looks at, or has looked at lately. */
export interface OpenService {
  /** Responds to a request about the service. */
  readonly fetch: (request: Request, visitor: Visitor | undefined) => Promise<Response> | Response;
  /** Number of its pages that are open. */
  readonly followers: () => number;
  readonly stop: () => Promise<void>;
}

export interface OpenServicesOptions {
  /** Opens a service, which is stopped by {@link OpenServices.stop} or when nobody looks at it. */
  readonly open: (service: string) => Promise<OpenService>;
  /** Service that stays open. */
  readonly own: string;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** Time without an open page or a request until a service is closed, milliseconds. */
const idleMs = 600_000;

interface Entry {
  readonly opened: Promise<OpenService>;
  usedAt: number;
}

/** Services that are open, each from the first request about it until nobody looks at it. */
export class OpenServices {
  readonly #options: OpenServicesOptions;
  readonly #open = new Map<string, Entry>();

  constructor(options: OpenServicesOptions) {
    this.#options = options;
  }

  /** Returns a service, and opens it if it is not open. */
  async get(service: string): Promise<OpenService> {
    const { open, now } = this.#options;
    await this.closeIdle();
    const entry = this.#open.get(service) ?? { opened: open(service), usedAt: now() };
    entry.usedAt = now();
    this.#open.set(service, entry);
    try {
      return await entry.opened;
    } catch (error) {
      this.#open.delete(service);
      throw error;
    }
  }

  /** Closes those that nobody has looked at for a while. */
  async closeIdle(): Promise<void> {
    const { own, now } = this.#options;
    for (const [service, { opened, usedAt }] of this.#open) {
      if (service === own || now() - usedAt < idleMs) continue;
      const idle = await opened;
      if (idle.followers() > 0) continue;
      this.#open.delete(service);
      await idle.stop();
    }
  }

  async stop(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(all.map(async ({ opened }) => (await opened).stop()));
  }
}
