import { setTimeout as delay } from 'node:timers/promises';
import { firstLine } from '../failure.ts';
import { printable, wrapped } from './columns.ts';
import { rolloutLine, unreadLine } from './line.ts';
import { RedrawnLines, sizeOf, type FollowOutput } from './redrawn-lines.ts';
import { parseRollout, type ReadRollout, type RolloutState } from './state.ts';
import { rolloutView } from './view.ts';
import { trackWords } from './words.ts';

/** Clock by which a rollout is followed. */
export interface FollowClock {
  /** Milliseconds of a monotonic clock. */
  readonly nowMs: () => number;
  /** Ends after the time, or when the signal aborts. Never throws. */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface FollowOptions {
  /** Runs a `perch` command about the service, and returns what it printed. */
  readonly perch: (words: readonly string[]) => Promise<string>;
  /** Rollout to follow. */
  readonly rolloutId: string;
  /** A terminal shows a live view; every other output gets lines. */
  readonly output: FollowOutput;
  /** Ends the following; the rollout stays as it is. */
  readonly signal: AbortSignal;
  /** Milliseconds between two reads of the status. Default: 2,000. */
  readonly intervalMs?: number;
  /** Milliseconds after which the following ends as by the signal. Default: never. */
  readonly timeoutMs?: number | undefined;
  /** Default: that of this machine. */
  readonly clock?: FollowClock;
}

/** End of the following of a rollout. */
export type RolloutEnd =
  /** Every step is passed, or a person promoted: the canary's version may become the stable one. */
  | { readonly kind: 'promoting' }
  | { readonly kind: 'succeeded' }
  /** The canary was ejected. The lines of evidence can be printed as they are. */
  | { readonly kind: 'aborted'; readonly reason: string; readonly evidence: readonly string[] }
  /** Another rollout, `by`, has begun. */
  | { readonly kind: 'replaced'; readonly by: string }
  /** The signal aborted, or the time was up. */
  | { readonly kind: 'left' }
  /** The status was not available for a minute. */
  | { readonly kind: 'lost'; readonly reason: string };

/** Time for which the status may be unavailable: a monitor is replaced, or another one leads. */
const patienceMs = 60_000;
/** Time between two lines of the same step and phase. */
const lineEveryMs = 10_000;
/** Time between two drawings of the view, whose times count down. */
const redrawEveryMs = 1_000;

/**
 * Shows a rollout until it ends or waits for a deployment. A paused rollout is followed on: a person
 * may resume it. Changes nothing.
 */
export async function followRollout(options: FollowOptions): Promise<RolloutEnd> {
  return await new Following(options).run();
}

interface Shown {
  /** Undefined: nothing was read yet. */
  readonly rollout: ReadRollout | undefined;
  /** Line in its place. */
  readonly unread: string;
}

class Following {
  readonly #options: FollowOptions;
  readonly #clock: FollowClock;
  readonly #show: (rollout: Shown, nowMs: number) => void;
  readonly #intervalMs: number;
  #state: RolloutState | undefined;
  #failure: string | undefined;
  /** Time of the newest state; before the first one, that of the beginning. */
  #readAtMs: number;
  /** The read that is running. */
  #reading: Promise<void> | undefined;
  #nextReadMs: number;

  constructor(options: FollowOptions) {
    const { output, clock = ownClock, intervalMs = 2_000 } = options;
    this.#options = options;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#show = isLive(output) ? liveView(output) : logLines(output);
    this.#readAtMs = clock.nowMs();
    this.#nextReadMs = this.#readAtMs;
  }

  async run(): Promise<RolloutEnd> {
    const { signal, timeoutMs = Number.POSITIVE_INFINITY } = this.#options;
    const untilMs = this.#clock.nowMs() + timeoutMs;
    for (;;) {
      const nowMs = this.#clock.nowMs();
      // Whoever cancels may write to the terminal too, so nothing is drawn again.
      if (signal.aborted) return { kind: 'left' };
      this.#draw(nowMs);
      const end = this.#end(nowMs);
      if (end !== undefined) return end;
      if (nowMs >= untilMs) return { kind: 'left' };
      if (this.#reading === undefined && nowMs >= this.#nextReadMs) this.#read(nowMs);
      await this.#wait(Math.min(redrawEveryMs, this.#intervalMs, untilMs - nowMs));
    }
  }

  #draw(nowMs: number): void {
    const ageMs = nowMs - this.#readAtMs;
    const failure = this.#failure;
    if (this.#state === undefined && failure === undefined) return;
    const { rolloutId } = this.#options;
    const rollout = this.#state && { ...this.#state, ageMs, failure };
    this.#show({ rollout, unread: unreadLine(rolloutId, { failure, ageMs }) }, nowMs);
  }

  #end(nowMs: number): RolloutEnd | undefined {
    const end = this.#state && endOf(this.#state, this.#options.rolloutId);
    if (end !== undefined) return end;
    if (nowMs - this.#readAtMs < patienceMs) return undefined;
    return { kind: 'lost', reason: this.#failure ?? 'perch rollout status did not answer' };
  }

  #read(nowMs: number): void {
    this.#nextReadMs = nowMs + this.#intervalMs;
    this.#reading = this.#readState().finally(() => {
      this.#reading = undefined;
    });
  }

  async #readState(): Promise<void> {
    try {
      const printed = await this.#options.perch(['rollout', 'status', '--json']);
      this.#state = parseRollout(printed);
      this.#readAtMs = this.#clock.nowMs();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = firstLine(error);
    }
  }

  /** Waits for the time, the read that is running or the signal, whichever comes first. */
  async #wait(ms: number): Promise<void> {
    const { signal } = this.#options;
    const over = new AbortController();
    const onAbort = () => over.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    const time = this.#clock.delay(ms, over.signal);
    await Promise.race(this.#reading === undefined ? [time] : [time, this.#reading]);
    signal.removeEventListener('abort', onAbort);
    over.abort();
  }
}

const ownClock: FollowClock = {
  nowMs: () => performance.now(),
  delay: async (ms, signal) => {
    // An aborted delay has ended, which is all that the caller waits for.
    await delay(ms, undefined, { signal }).catch(() => undefined);
  },
};

function endOf(state: RolloutState, rolloutId: string): RolloutEnd | undefined {
  if (state.rolloutId !== rolloutId) return { kind: 'replaced', by: state.rolloutId };
  switch (state.phase) {
    case 'promoting':
    case 'succeeded':
      return { kind: state.phase };
    case 'aborted':
      return abortedEnd(state);
    default:
      return undefined;
  }
}

function abortedEnd({ begun, reason: lastChange, evidence, traffic }: RolloutState): RolloutEnd {
  const reason = begun?.text ?? lastChange;
  const lines = [
    // The judge's reason holds its evidence.
    ...evidence.filter((line) => !reason.includes(line)),
    ...(traffic === null ? [] : [`canary: ${trackWords(traffic.canary)}`]),
    ...(traffic === null ? [] : [`stable: ${trackWords(traffic.stable)}`]),
  ];
  return { kind: 'aborted', reason: printable(reason), evidence: lines.map(printable) };
}

/** Reports whether the output can be written again in place. */
function isLive({ isTTY }: FollowOutput): boolean {
  return isTTY === true && process.env['TERM'] !== 'dumb';
}

function liveView(output: FollowOutput): (shown: Shown) => void {
  const lines = new RedrawnLines(output);
  // https://no-color.org: set and not empty.
  const hasColor = (process.env['NO_COLOR'] ?? '') === '';
  return ({ rollout, unread }) => {
    const size = sizeOf(output);
    const view =
      rollout === undefined
        ? wrapped(unread, Math.max(1, size.columns - 1))
        : rolloutView(rollout, { ...size, hasColor });
    lines.draw(view);
  };
}

/** Writes a line at each change of step or phase, and one every ten seconds. */
function logLines(output: FollowOutput): (shown: Shown, nowMs: number) => void {
  let last = '';
  let nextMs = Number.NEGATIVE_INFINITY;
  return ({ rollout, unread }, nowMs) => {
    const { rolloutId, phase, stepNumber } = rollout ?? {};
    const key = JSON.stringify([rolloutId, phase, stepNumber]);
    const isChange = key !== last;
    if (!isChange && nowMs < nextMs) return;
    last = key;
    nextMs = nowMs + lineEveryMs;
    output.write(`${rollout === undefined ? unread : rolloutLine(rollout, isChange)}\n`);
  };
}
