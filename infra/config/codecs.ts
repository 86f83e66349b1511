/** Codecs of configuration values. Pulumi passes every value as text, lists and maps as JSON. */
import { z } from 'zod';

type Test<T> = (value: T) => boolean;

/** Shortens a value for a message, to one line. */
function shown(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Problem of a value: the rule that it breaks, and the value if there is one. */
export function got(rule: string, value: unknown): string {
  return value === undefined ? rule : `${rule}, got ${shown(value)}`;
}

/** Text that passes `test`. Otherwise the problem reads `must <rule>, got <value>`. */
export function text(rule: string, test: Test<string>) {
  return z.string({ error: ({ input }) => `must ${rule}, got ${shown(input)}` }).refine(test, {
    error: ({ input }) => `must ${rule}, got ${shown(input)}`,
  });
}

/**
 * Text without a problem.
 * @param problemOf the rule that it breaks, `must ...`; undefined for a good one.
 */
export function ruled(problemOf: (value: string) => string | undefined) {
  return z
    .string({ error: ({ input }) => `must be text, got ${shown(input)}` })
    .superRefine((value, context) => {
      const problem = problemOf(value);
      if (problem !== undefined) {
        context.addIssue({ code: 'custom', message: got(problem, value) });
      }
    });
}

/**
 * Number without a problem. What compares several numbers still runs, so that people see all problems
 * at once.
 * @param problemOf the rule that it breaks, `must ...`; undefined for a good one.
 */
export function ruledNumber(problemOf: (value: unknown) => string | undefined) {
  return z.custom<number>((value) => problemOf(value) === undefined, {
    error: ({ input }) => got(problemOf(input) ?? '', input),
    abort: false,
  });
}

/** Error of an object schema for what is no map; undefined for its other problems. */
export function mapProblem({ code, input }: z.core.$ZodRawIssue): string | undefined {
  return code === 'invalid_type' ? got('must be a map', input) : undefined;
}

/** Text as of {@link text}, but no message shows the value. */
export function secretText(rule: string, test: Test<string>) {
  return z.string().refine(test, { error: () => `must ${rule} (its value is not shown)` });
}

/** Optional value: empty text means "not set". */
export function optional<T extends z.ZodType>(schema: T) {
  return z.union([z.literal('').transform(() => undefined), schema], {
    error: (issue) => {
      const errors = issue.code === 'invalid_union' ? issue.errors : [];
      return errors.at(-1)?.[0]?.message ?? 'must be text';
    },
  });
}

export function oneOf<const T extends readonly string[]>(values: T) {
  return z.enum(values, {
    error: ({ input }) => `must be one of ${values.join(', ')}, got ${shown(input)}`,
  });
}

export function integer(first: number, last: number) {
  const rule = `be a whole number from ${first} to ${last}`;
  const inRange = (value: string) =>
    /^\d{1,15}$/.test(value) && Number(value) >= first && Number(value) <= last;
  return text(rule, inRange).transform(Number);
}

/** `true` or `false`. */
export function boolean() {
  return text('be true or false', (value) => value === 'true' || value === 'false').transform(
    (value) => value === 'true',
  );
}

export function json<T extends z.ZodType>(kind: 'list' | 'map', schema: T) {
  return parsed((value) => `must be a ${kind}, got ${shown(value)}`, schema);
}

/** Text that is JSON. `message` words the problem of one that is none. */
function parsed<T extends z.ZodType>(message: (value: string) => string, schema: T) {
  return z
    .string()
    .transform((value, context): unknown => {
      try {
        return JSON.parse(value);
      } catch {
        context.addIssue({ code: 'custom', message: message(value) });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

export function list<T extends z.ZodType>(item: T) {
  return json(
    'list',
    z.array(item, { error: ({ input }) => `must be a list, got ${shown(input)}` }),
  );
}

/** List as of {@link list}, but no message shows the value. */
export function secretList<T extends z.ZodType>(item: T) {
  const error = 'must be a list (its value is not shown)';
  return parsed(() => error, z.array(item, { error }));
}

/** Map from name to text. YAML's numbers and booleans become text as they are written. */
export function textMap(rule: string, nameTest: RegExp) {
  const value = z.union([z.string(), z.number(), z.boolean()], {
    error: () => 'must be text, a number or a boolean',
  });
  const name = z.string().regex(nameTest);
  return json(
    'map',
    z.record(name, value.transform(String), {
      error: (issue) =>
        issue.code === 'invalid_key' ? `must ${rule}` : `must be a map from name to text`,
    }),
  );
}
