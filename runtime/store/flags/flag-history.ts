import { z } from 'zod';
import { flagChangeSchema, timeOfChange, type FlagChange } from '../../core/flags/flag-change.ts';
import { flagSchema, type FlagDefinition } from '../../core/flags/flag-definition.ts';
import { flagDifference } from '../../core/flags/flag-difference.ts';
import { readStored } from '../redis/stored-values.ts';

/** A flag as it is stored, with what is known of its past. */
export interface StoredFlag {
  /** JSON as it is stored; empty without a flag. */
  readonly json: string;
  /** Recorded changes, newest first. Versions before 0.2 recorded none. */
  readonly changes: readonly FlagChange[];
}

/** A recorded change for people and programs. */
export interface DescribedChange extends Pick<FlagChange, 'id' | 'type' | 'by' | 'reason'> {
  /** Milliseconds since the epoch by Redis' clock. */
  readonly at: number;
  /** Null if there was no flag, or one that this version cannot read. */
  readonly before: FlagDefinition | null;
  readonly after: FlagDefinition | null;
  /** Sentences about the difference. */
  readonly effects: readonly string[];
}

const historySchema = z.array(flagChangeSchema);

/** Changes of a flag that are stored as JSON, newest first; none if they cannot be read. */
export function changesIn(json: string): FlagChange[] {
  return readStored(historySchema, json) ?? [];
}

/** A stored flag, not validated further; undefined if there is none, or if it cannot be read. */
export function flagIn(json: string | null): FlagDefinition | undefined {
  return readStored(flagSchema, json ?? '');
}

/** Describes a recorded change. */
export function describedChange(change: FlagChange): DescribedChange {
  const { before, after, ...others } = change;
  const [from, to] = [flagIn(before), flagIn(after)];
  return {
    ...others,
    at: timeOfChange(change),
    before: from ?? null,
    after: to ?? null,
    effects: flagDifference(from, to),
  };
}

/** True if the newest recorded change made the flag what it is: none has come after it unrecorded. */
export function isRecorded({ json, changes: [newest] }: StoredFlag): boolean {
  return newest !== undefined && (newest.after ?? '') === json;
}

/** Says what somebody changed since a person saw the JSON of a flag, and who, if that is recorded. */
export function meanwhileText(seen: string, stored: StoredFlag): string {
  const who = isRecorded(stored) ? ` by ${stored.changes[0]?.by}` : '';
  const what = flagDifference(flagIn(seen), flagIn(stored.json)).join(' ');
  return `was changed meanwhile${who}: ${what}`;
}
