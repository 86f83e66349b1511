/** Restart policies under which a container runs whenever its host does. */
const lastingPolicies = ['always', 'unless-stopped'];

const firstDelayMs = 2_000;
const longestDelayMs = 15_000;

/** A container as its engine describes it. */
export interface EngineContainer {
  /** Name of its restart policy. */
  readonly restartPolicy: string;
  /** `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`. */
  readonly status: string;
  /** Time of its last start, milliseconds since the epoch; 0 or less: it never ran. */
  readonly startedAt: number;
  /** Error of the engine's last attempt to start it; empty if that succeeded. */
  readonly startError: string;
}

/** Attempts to start a container since it last ran. */
export interface StartAttempts {
  readonly count: number;
  /** Time of the last one, milliseconds since the epoch. */
  readonly lastMs: number;
}

/**
 * Decides whether a monitor starts a container. The engine starts containers when the host boots,
 * but tries each only once: one whose address comes up later stays down. An error of the last start
 * distinguishes it from a container that a person stopped, which has none, and from one of a release
 * that failed, which never ran. Attempts are 2 s apart at first, and 15 s later on.
 */
export function decideStart(
  { restartPolicy, status, startedAt, startError }: EngineContainer,
  attempts: StartAttempts | undefined,
  nowMs: number,
): 'ignore' | 'wait' | 'start' {
  const failedToStart = status === 'exited' && startError !== '' && startedAt > 0;
  if (!failedToStart || !lastingPolicies.includes(restartPolicy)) return 'ignore';
  if (attempts === undefined) return 'start';
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempts.count - 1));
  return nowMs - attempts.lastMs < delayMs ? 'wait' : 'start';
}
