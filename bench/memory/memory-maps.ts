import { readFileSync } from 'node:fs';

/** Part of a process's memory, bytes. */
interface Mapping {
  /** File that it maps, with the place in the file. Undefined: memory without a file. */
  readonly file: string | undefined;
  readonly rss: number;
  /** Its part of what it shares with other processes, and all that it does not share. */
  readonly pss: number;
  readonly unshared: number;
}

/** Memory of a process, bytes. */
export interface ProcessMemory {
  readonly rss: number;
  /** Not shared with any other process. */
  readonly unshared: number;
}

export function memoryOf(pid: number): ProcessMemory {
  const mappings = mappingsOf(pid);
  return { rss: sum(mappings, 'rss'), unshared: sum(mappings, 'unshared') };
}

/**
 * Memory that processes take of a machine on which nothing else maps their files, bytes: what they
 * share, such as the program, counts once.
 */
export function memoryOfAll(pids: readonly number[]): number {
  const mappings = pids.flatMap(mappingsOf);
  const shared = new Map<string, number>();
  let own = 0;
  for (const { file, rss, pss, unshared } of mappings) {
    if (file === undefined) {
      own += pss;
    } else {
      own += unshared;
      shared.set(file, Math.max(shared.get(file) ?? 0, rss - unshared));
    }
  }
  return own + [...shared.values()].reduce((total, one) => total + one, 0);
}

function mappingsOf(pid: number): Mapping[] {
  const text = readFileSync(`/proc/${pid}/smaps`, 'utf8');
  return text.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).map((mapping) => {
    const [, offset, path] = /^\S+ \S+ (\S+) \S+ \S+ +(\/.*)?$/m.exec(mapping) ?? [];
    const bytes = (field: string) =>
      1_024 * Number(new RegExp(`^${field}: +(\\d+) kB$`, 'm').exec(mapping)?.[1] ?? 0);
    return {
      file: path === undefined ? undefined : `${path} ${offset}`,
      rss: bytes('Rss'),
      pss: bytes('Pss'),
      unshared: bytes('Private_Clean') + bytes('Private_Dirty'),
    };
  });
}

function sum(mappings: readonly Mapping[], key: 'rss' | 'unshared'): number {
  return mappings.reduce((total, one) => total + one[key], 0);
}
