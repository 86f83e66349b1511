const mebibyte = 1_048_576;

/** Memory that a container gets at a time, bytes. */
export const memoryStepBytes = 100 * mebibyte;
/** Smallest useful step, bytes. A host that can spare less counts as full. */
const leastStepBytes = 16 * mebibyte;

export interface MemorySettings {
  /** Percent of its limit above which a container gets more memory. Default 50. */
  readonly abovePercent: number;
  /** Memory that the host always keeps free, bytes. Default 256 MiB. */
  readonly reserveBytes: number;
  /** Shortest time between two raises of one container, milliseconds. Default 30,000. */
  readonly pauseMs: number;
}

export const defaultMemory: MemorySettings = {
  abovePercent: 50,
  reserveBytes: 256 * mebibyte,
  pauseMs: 30_000,
};

export interface MemoryState {
  readonly usageBytes: number;
  /** Undefined: the container has no limit. */
  readonly limitBytes: number | undefined;
  /** Highest value of the limit; undefined: only the host's free memory bounds it. */
  readonly capBytes: number | undefined;
  /** Memory available without swapping; undefined: not known, so nothing is given. */
  readonly hostAvailableBytes: number | undefined;
  readonly lastRaisedMs: number | undefined;
}

export type MemoryDecision =
  | { readonly kind: 'enough' }
  /** It was raised less than `pauseMs` ago. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'raise'; readonly limitBytes: number }
  /** It needs more memory and cannot get it. */
  | { readonly kind: 'cannot'; readonly reason: string };

/**
 * Decides whether a container gets more memory. It gets 100 MiB, the rest up to its cap, or the
 * whole MiB that its host has free beyond the reserve, whichever is least. A host that can spare
 * less than 16 MiB gives nothing.
 */
export function decideMemory(
  state: MemoryState,
  settings: MemorySettings,
  nowMs: number,
): MemoryDecision {
  const { usageBytes, limitBytes, capBytes, hostAvailableBytes, lastRaisedMs } = state;
  if (limitBytes === undefined) return { kind: 'enough' };
  if (usageBytes * 100 <= limitBytes * settings.abovePercent) return { kind: 'enough' };
  if (lastRaisedMs !== undefined && nowMs - lastRaisedMs < settings.pauseMs) {
    return { kind: 'wait' };
  }
  if (hostAvailableBytes === undefined) {
    return { kind: 'cannot', reason: 'the free memory of its host is not known' };
  }
  const wanted = Math.min(memoryStepBytes, (capBytes ?? Number.POSITIVE_INFINITY) - limitBytes);
  if (wanted <= 0) return { kind: 'cannot', reason: 'its limit is at its cap' };
  const spare = wholeMebibytes(hostAvailableBytes - settings.reserveBytes);
  const given = Math.min(wanted, spare);
  if (given < Math.min(wanted, leastStepBytes)) {
    return { kind: 'cannot', reason: 'its host has no memory to spare' };
  }
  return { kind: 'raise', limitBytes: limitBytes + given };
}

function wholeMebibytes(bytes: number): number {
  return Math.floor(bytes / mebibyte) * mebibyte;
}
