import { PerchError, type InputProblem } from '../../contract/perch-error.ts';
import { flagAudience } from '../../core/flags/flag-audience.ts';
import { changeToUndo, toggled } from '../../core/flags/flag-change.ts';
import { flagSchema, type FlagDefinition } from '../../core/flags/flag-definition.ts';
import { flagDifference } from '../../core/flags/flag-difference.ts';
import { flagFormOf, formProblems, withForm, type FlagForm } from '../../core/flags/flag-form.ts';
import { operators } from '../../core/flags/targeting-condition.ts';
import {
  describedChange,
  flagIn,
  isRecorded,
  meanwhileText,
  type DescribedChange,
  type StoredFlag,
} from '../../store/flags/flag-history.ts';
import { requireFlag } from '../../store/flags/require-flag.ts';
import type { FlagPreviewRequest } from './flag-request.ts';

/** A flag for the page's form. */
export interface EditableFlag {
  readonly key: string;
  /** JSON as it is stored; empty for a new flag. */
  readonly seen: string;
  /** Same JSON with lines for people. */
  readonly text: string;
  /** Null if a form cannot show the flag at all. */
  readonly form: FlagForm | null;
  readonly audience: readonly string[];
  readonly changes: readonly DescribedChange[];
  /** False if a version of Perch that records no changes was the last to change the flag. */
  readonly isRecorded: boolean;
  /** Operators of rules and their words. */
  readonly operators: typeof operators;
}

/** Answer to a flag as it is typed. */
interface TypedFlag {
  /** Problems by field; the flag cannot be stored unless there are none. */
  readonly problems: readonly InputProblem[];
  /** Change of somebody else since the person saw the flag, in words. */
  readonly meanwhile?: string;
  readonly text?: string;
  readonly form?: FlagForm;
  readonly audience: readonly string[];
  readonly effects: readonly string[];
}

const newFlag: FlagDefinition = {
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'off',
};

/** Converts a flag for the page's form; without a key, a new one. */
export function editableFlag(key: string, stored: StoredFlag): EditableFlag {
  const { json, changes } = stored;
  const flag = json === '' ? newFlag : flagIn(json);
  return {
    key,
    seen: json,
    text: flag === undefined ? json : flagText(flag),
    form: flag === undefined ? null : flagFormOf(flag),
    audience:
      flag === undefined ? ['This version of Perch cannot read the flag.'] : flagAudience(flag),
    changes: changes.map(describedChange),
    isRecorded: isRecorded(stored),
    operators,
  };
}

/** Says what is wrong with a flag as it is typed, and what it would do; the form and the JSON in step. */
export function typedFlag(
  { key, text, seen, form }: Extract<FlagPreviewRequest, { action: 'set' }>,
  stored: StoredFlag,
): TypedFlag {
  const base = jsonIn(text);
  if (typeof base === 'string') {
    return { problems: [{ field: 'text', rule: base }], audience: [], effects: [] };
  }
  const readable = flagSchema.safeParse(base.value).data;
  const flag = form === undefined || readable === undefined ? readable : withForm(readable, form);
  const problems = [
    ...(form === undefined || readable === undefined ? [] : formProblems(readable, form)),
    ...takenProblems(key, seen, stored),
  ];
  // The rules of the form are those of the store in the form's own words.
  const all = problems.length > 0 ? problems : storeProblems(key, flag ?? base.value);
  const isBroken = all.some(({ field }) => field !== 'key');
  if (flag === undefined || isBroken) return { problems: all, audience: [], effects: [] };
  const effects = flagDifference(flagIn(stored.json), flag);
  return {
    problems: all,
    ...(seen !== stored.json && seen !== '' && { meanwhile: meanwhileText(seen, stored) }),
    text: flagText(flag),
    form: flagFormOf(flag),
    audience: flagAudience(flag),
    effects: effects.length === 0 ? ['Nothing changes.'] : effects,
  };
}

/**
 * Says what a change does: sentences for a person who has to confirm it.
 * @throws PerchError `bad_input` or `not_found`, why it cannot be made.
 */
export function flagEffects(
  request: Exclude<FlagPreviewRequest, { action: 'set' }>,
  stored: StoredFlag,
): string[] {
  const { key } = request;
  const before = flagIn(stored.json);
  const after = flagAfter(request, stored, before);
  const effects = flagDifference(before, after);
  if (after !== undefined) return [...effects, ...flagAudience(after)];
  return [...effects, `To bring it back: \`perch flags undo ${key}\`.`];
}

function flagAfter(
  request: Exclude<FlagPreviewRequest, { action: 'set' }>,
  stored: StoredFlag,
  before: FlagDefinition | undefined,
): FlagDefinition | undefined {
  const { key } = request;
  if (request.action === 'undo') {
    const all = { changes: stored.changes, stored: stored.json === '' ? null : stored.json };
    return flagIn(changeToUndo(key, all, request.change).before);
  }
  if (stored.json === '') throw new PerchError('not_found', `flag ${key} is not stored`);
  if (request.action === 'delete') return undefined;
  if (before === undefined) throw new PerchError('bad_input', `flag ${key} cannot be read`);
  return toggled(key, before);
}

function flagText(flag: FlagDefinition): string {
  return JSON.stringify(flag, undefined, 2);
}

/** The value, or the rule that the text breaks. */
export function jsonIn(text: string): { readonly value: unknown } | string {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return `must be JSON: ${error.message}`;
    throw error;
  }
}

function takenProblems(key: string, seen: string, { json }: StoredFlag): InputProblem[] {
  const isTaken = seen === '' && json !== '';
  return isTaken ? [{ field: 'key', rule: 'must be new: there is such a flag', value: key }] : [];
}

function storeProblems(key: string, definition: unknown): readonly InputProblem[] {
  try {
    requireFlag(key, definition);
    return [];
  } catch (error) {
    if (error instanceof PerchError) return error.problems;
    throw error;
  }
}
