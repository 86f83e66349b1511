import { z } from 'zod';
import { PerchError, type InputProblem } from '../../contract/perch-error.ts';
import { didYouMean } from '../../contract/suggest-name.ts';

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

/**
 * Parses fields from a person or a file, all or none. The schema's messages are rules. The problem of
 * an unknown name suggests the nearest known one.
 * @param options.secret - fields whose values appear in no problem. Default: none.
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: object,
  options: { readonly secret?: readonly string[] } = {},
): Parsed<z.infer<Schema>> {
  const parsed = schema.safeParse(input, { error: knownNames });
  if (parsed.success) return { ok: true, value: parsed.data };
  const problems = parsed.error.issues.flatMap(ofTheRightOption).flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: [...issue.path, key].join('.'),
        rule: notKnown(key, issue.message.split('\n')),
      }));
    }
    const field = issue.path.join('.');
    const value = at(input, issue.path);
    const shown = value !== undefined && options.secret?.includes(field) !== true;
    return [{ field, rule: issue.message, ...(shown && { value: textOf(value) }) }];
  });
  return { ok: false, problems };
}

/** Returns one line that names each field, rule and value. */
export function inputProblemsText(problems: readonly InputProblem[]): string {
  return problems
    .map(
      ({ field, rule, value }) => `${field} ${rule}${value === undefined ? '' : `, got ${value}`}`,
    )
    .join('; ');
}

/**
 * Returns the value that {@link parseInput} parsed.
 * @throws PerchError `bad_input` with all problems.
 */
export function requireInput<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw inputError(parsed.problems);
}

/** Returns the error of input with these problems. */
export function inputError(problems: readonly InputProblem[]): PerchError {
  return new PerchError('bad_input', inputProblemsText(problems), { problems });
}

/** Puts the known keys into the message about unknown ones, a line each. */
function knownNames({ code, inst }: z.core.$ZodRawIssue): string | undefined {
  if (code !== 'unrecognized_keys') return undefined;
  return inst instanceof z.ZodObject ? Object.keys(inst.shape).join('\n') : '';
}

function notKnown(name: string, known: readonly string[]): string {
  return `is not known${didYouMean(name, known)}`;
}

/** Issues inside the one option of a union whose type the value has, if there is just one. */
function ofTheRightOption(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const [right, ...others] = issue.errors.filter((inner) => inner.every(isInside));
  if (right === undefined || others.length > 0) return [issue];
  return right.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function isInside({ code, path }: z.core.$ZodIssue): boolean {
  return path.length > 0 || code === 'unrecognized_keys';
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
