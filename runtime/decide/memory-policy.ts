/** How much a container gets at a time, bytes. */
export const memoryStepBytes = 100 * 1_048_576;

export interface MemorySettings {
  /** Of its limit; a container that uses more gets more, percent. Default 50. */
  readonly abovePercent: number;
  /** What the host keeps free in any case, bytes. Default 256 MiB. */
  readonly reserveBytes: number;
  /** The least time between two raises of one container, milliseconds. Default 30,000. */
  readonly pauseMs: number;
}

export const defaultMemory: MemorySettings = {
  abovePercent: 50,
  reserveBytes: 256 * 1_048_576,
  pauseMs: 30_000,
};

export interface MemoryState {
  readonly usageBytes: number;
  /** Undefined: the container has no limit. */
  readonly limitBytes: number | undefined;
  /** Up to where the limit may be raised; undefined: only the host's free memory bounds it. */
  readonly capBytes: number | undefined;
  /** What the host could give without swapping; undefined: not known, so nothing is given. */
  readonly hostAvailableBytes: number | undefined;
  readonly lastRaisedMs: number | undefined;
}

export type MemoryDecision =
  | { readonly kind: 'enough' }
  /** It was raised less than `pauseMs` ago. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'raise'; readonly limitBytes: number }
  /** It needs more and cannot get it. */
  | { readonly kind: 'cannot'; readonly reason: string };

/**
 * Whether a container gets more memory: 100 MiB at a time, never above its cap, and never more
 * than the host has free beyond its reserve. The last raise may be smaller, to end at the cap.
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
  const wanted = Math.min(limitBytes + memoryStepBytes, capBytes ?? Number.POSITIVE_INFINITY);
  if (wanted <= limitBytes) return { kind: 'cannot', reason: 'its limit is at its cap' };
  if (hostAvailableBytes - (wanted - limitBytes) < settings.reserveBytes) {
    return { kind: 'cannot', reason: 'its host has no memory to spare' };
  }
  return { kind: 'raise', limitBytes: wanted };
}
