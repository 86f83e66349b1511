import { statfs } from 'node:fs/promises';

export interface DiskUse {
  /** Used part of the file system, percent as df(1) counts: blocks reserved for root do not count. */
  readonly usedPercent: number;
  readonly availableBytes: number;
}

/** Use of the file system that holds `path`. */
export async function diskUse(path: string): Promise<DiskUse> {
  const { blocks, bfree, bavail, bsize } = await statfs(path);
  const used = blocks - bfree;
  const usedPercent = used + bavail === 0 ? 0 : (100 * used) / (used + bavail);
  return { usedPercent, availableBytes: bavail * bsize };
}
