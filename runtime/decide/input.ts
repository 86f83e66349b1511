import type { z } from 'zod';
import { PerchError } from '../contract/perch-error.ts';

/** One value that breaks one rule. */
export interface InputProblem {
  readonly field: string;
  /** What the value must be, to be read after the field's name: `must be from 0 to 100`. */
  readonly rule: string;
  /** The value as given; undefined when it is missing or secret. */
  readonly value?: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

/**
 * Reads fields that a person or a file gave, all or none. Messages of the schema are rules.
 * @param options.secret - fields whose values appear in no problem.
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: object,
  options: { readonly secret?: readonly string[] } = {},
): Parsed<z.infer<Schema>> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { ok: true, value: parsed.data };
  const problems = parsed.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: [...issue.path, key].join('.'),
        rule: 'is not known',
      }));
    }
    const field = issue.path.join('.');
    const value = at(input, issue.path);
    const shown = value !== undefined && options.secret?.includes(field) !== true;
    return [{ field, rule: issue.message, ...(shown && { value: textOf(value) }) }];
  });
  return { ok: false, problems };
}

/** One line that names each field, rule and value. */
export function inputProblemsText(problems: readonly InputProblem[]): string {
  return problems
    .map(
      ({ field, rule, value }) => `${field} ${rule}${value === undefined ? '' : `, got ${value}`}`,
    )
    .join('; ');
}

/**
 * What {@link parseInput} read.
 * @throws PerchError `bad_input` with all problems.
 */
export function requireInput<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw new PerchError('bad_input', inputProblemsText(parsed.problems));
}

/** The value at a path into an object or array. */
function at(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    input,
  );
}

const longestShown = 100;

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
