import type { Route } from '../http/contract/handler.ts';
import type { ObservedRequest } from '../http/contract/request-observer.ts';
import type { RefusalCause } from '../http/message/refusal.ts';
import { MemberAttempt } from '../routing/member-attempt.ts';

/** Facts about a request that are known when it begins. */
export interface EntryStart {
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly service?: string | undefined;
  readonly client?: string | undefined;
  readonly protocol?: string | undefined;
  readonly scheme?: 'http' | 'https' | undefined;
  readonly method?: string | undefined;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  readonly query?: string | undefined;
  readonly requestId?: string | undefined;
}

/** Line of the access log about one request, from its head to the end of its answer. */
export class AccessEntry implements ObservedRequest {
  readonly #start: EntryStart;
  readonly #write: (line: string) => void;
  readonly #startedAt = performance.now();
  #attempts = 0;
  #member: MemberAttempt['member'] | undefined;
  #status: number | undefined;
  #bytes = 0;

  /** @param write takes the line, which has no end of line. */
  constructor(start: EntryStart, write: (line: string) => void) {
    this.#start = start;
    this.#write = write;
  }

  attempted(route: Route): void {
    this.#attempts += 1;
    this.#member = route instanceof MemberAttempt ? route.member : undefined;
  }

  answered(status: number): void {
    this.#status = status;
  }

  sent(bytes: number): void {
    this.#bytes += bytes;
  }

  ended(cause?: RefusalCause | 'client-gone'): void {
    const { timeMs, ...start } = this.#start;
    const durationMs = performance.now() - this.#startedAt;
    this.#write(
      JSON.stringify({
        time: new Date(timeMs).toISOString(),
        log: 'access',
        ...start,
        status: this.#status,
        bytes: this.#bytes,
        durationMs: Math.round(durationMs * 1_000) / 1_000,
        member: this.#member?.id,
        track: this.#member?.track,
        version: this.#member?.version,
        attempts: this.#attempts > 1 ? this.#attempts : undefined,
        cause,
      }),
    );
  }
}
