import type { ReleaseDocument } from '../../core/release/release-document.ts';

/**
 * How sure a reader is of the document that it goes by. In all but `waiting` it has one.
 * - `waiting`: it has never seen one.
 * - `fresh`: the source held it, or nothing newer, when last asked.
 * - `unreachable`: the source does not answer.
 * - `absent`: the source holds none. Absent is not empty: the last good one stays.
 * - `invalid`: the source holds one that breaks the schema or a bound.
 * - `regressed`: the source holds an older one; it lost what came after.
 */
export type ReleaseCondition =
  | 'waiting'
  | 'fresh'
  | 'unreachable'
  | 'absent'
  | 'invalid'
  | 'regressed';

/** Where a reader has its release document from. */
export interface ReleaseSource {
  /** The last good document; undefined before there was one. */
  readonly current: ReleaseDocument | undefined;
  readonly condition: ReleaseCondition;
  /** Calls `listener` with each new document, from the next one on. Answers how to end that. */
  onChange(listener: (document: ReleaseDocument) => void): () => void;
  /** Settles when the source was asked once, whatever it answered. */
  start(): Promise<void>;
  stop(): Promise<void>;
}
