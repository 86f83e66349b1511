import type { ReleaseDocument } from '../../core/release/release-document.ts';

/**
 * Condition of a reader's release document. In all but `waiting` the reader has one.
 * - `waiting`: the reader has never had one.
 * - `fresh`: the source held this document at the last read.
 * - `unreachable`: the source does not answer.
 * - `absent`: the source holds none. The last good one stays.
 * - `invalid`: the source holds one that breaks the schema or a limit.
 * - `regressed`: the source holds an older one, or another one of the same generation, because it
 *   lost the newer ones.
 */
export type ReleaseCondition =
  | 'waiting'
  | 'fresh'
  | 'unreachable'
  | 'absent'
  | 'invalid'
  | 'regressed';

/** Source of a reader's release document. */
export interface ReleaseSource {
  /** Last good document; undefined before the first. */
  readonly current: ReleaseDocument | undefined;
  readonly condition: ReleaseCondition;
  /**
   * Calls `listener` with each new document, from the next one on.
   * @returns a function that removes the listener.
   */
  onChange(listener: (document: ReleaseDocument) => void): () => void;
  /** Settles when the source has been read once, even without success. */
  start(): Promise<void>;
  stop(): Promise<void>;
}
