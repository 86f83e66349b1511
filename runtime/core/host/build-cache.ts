/**
 * Choice of the build cache that a host keeps. Perch builds nothing on its hosts, but others may,
 * and Docker does not say whose a part of the cache is. It costs time to build again, and nothing
 * else, so it goes before the disk is full, and stays while nobody needs the space.
 */
import { fullPercent, scarcePercent } from './image-retention.ts';

/** Time between two removals, milliseconds. */
export const cachePruneEveryMs = 600_000;

const hourMs = 3_600_000;

/**
 * Time without use after which build cache goes, milliseconds. Undefined: it stays.
 * @param diskUsedPercent use of the file system that holds the cache. Undefined: not known.
 */
export function unusedCacheMs(diskUsedPercent: number | undefined): number | undefined {
  if (diskUsedPercent === undefined || diskUsedPercent < scarcePercent) return undefined;
  return diskUsedPercent < fullPercent ? 24 * hourMs : hourMs;
}
