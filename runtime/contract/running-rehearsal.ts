/** Start of the name of a rehearsal's folder, in the machine's folder for temporary files. */
export const rehearsalFolderPrefix = 'perch-rehearsal-';

/** File in that folder by which `perch --rehearsal` finds it; for its owner alone. */
export const rehearsalFile = 'rehearsal.json';

/** Content of that file, JSON. */
export interface RunningRehearsal {
  /** Process whose end is the end of the rehearsal. */
  readonly pid: number;
  readonly service: string;
  /** Secret. */
  readonly redisUrl: string;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
}
