/** A file that `perch init` writes. */
export interface PlannedFile {
  /** Relative to the project's folder. */
  readonly path: string;
  /** Whole content of a new file, or lines that a file must have. */
  readonly content: string | readonly string[];
}
