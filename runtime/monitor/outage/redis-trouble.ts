import { errorMessage } from '../../contract/error-message.ts';
import { PerchError } from '../../contract/perch-error.ts';
import type { OutageRule } from '../../core/alerting/default-rules.ts';

/** Redis takes no writes of this monitor. */
export interface RedisTrouble {
  readonly rule: OutageRule;
  /** Reason of the last refusal, a sentence without its full stop. */
  readonly reason: string;
  /** First refusal after the last write that Redis took, milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** Follows whether Redis takes the writes of this monitor. */
export class RedisWatch {
  readonly #now: () => number;
  #trouble: RedisTrouble | undefined;

  /** @param now milliseconds since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Undefined if Redis took the last write. */
  get trouble(): RedisTrouble | undefined {
    return this.#trouble;
  }

  /** Takes the outcome of a write, and passes it on. */
  async watch<T>(write: Promise<T>): Promise<T> {
    try {
      const result = await write;
      this.#trouble = undefined;
      return result;
    } catch (error) {
      this.#trouble = {
        rule: ruleOf(error),
        reason: reasonOf(error),
        sinceMs: this.#trouble?.sinceMs ?? this.#now(),
      };
      throw error;
    }
  }
}

function ruleOf(error: unknown): OutageRule {
  const refused = error instanceof PerchError && error.code === 'redis_refused';
  return refused ? 'redis-refuses-writes' : 'redis-unreachable';
}

/** The message without what was being done. */
function reasonOf(error: unknown): string {
  return errorMessage(error).replace(/^write a sample: /, '');
}
