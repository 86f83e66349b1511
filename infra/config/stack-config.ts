/** Parses a stack's configuration into one frozen {@link StackConfig}, or reports all its problems at once. */
import type { Input } from '@pulumi/pulumi';
import { z } from 'zod';
import { didYouMean } from '../../runtime/contract/suggest-name.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { combinationProblems } from './combinations.ts';
import { placeholderProblems } from './placeholders.ts';
import { schema, secretKeys, type Values } from './schema.ts';
import { areReferences, missingReferences, withReferences } from './secret-references.ts';

/** Variables of an environment, name to value. */
export type Variables = Readonly<Record<string, Input<string>>>;

/** Configuration of a stack. A program may set variables that it knows only once something is made. */
export type StackConfig = Omit<Values, 'environment' | 'secretEnvironment'> & {
  readonly environment: Variables;
  readonly secretEnvironment: Variables;
};

const project = 'perch';
const stackSchema = z.strictObject(schema);

/** Field, which may be inside a list or map, and its problem. */
type Problem = readonly [field: string, problem: string];

interface CheckedConfig {
  readonly problems: readonly Problem[];
  /** Undefined if there are problems. */
  readonly config: StackConfig | undefined;
}

/**
 * @param raw every configuration value as Pulumi passes it, `namespace:key` to text.
 * @param secret full keys whose values are encrypted in the stack's file.
 * @param environment variables that secrets may come from. Default: those of this process.
 * @throws PerchError `bad_input`, one line for each problem: key, rule, value.
 */
export function parseConfig(
  raw: Readonly<Record<string, string>>,
  secret: ReadonlySet<string>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): StackConfig {
  const { config, problems } = checkConfig(raw, secret, environment);
  if (config === undefined) throw badConfig(problems);
  return config;
}

/** Checks what {@link parseConfig} does, and returns every problem. */
export function checkConfig(
  raw: Readonly<Record<string, string>>,
  secret: ReadonlySet<string>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): CheckedConfig {
  const given = Object.fromEntries(
    Object.entries(raw)
      .filter(([full]) => full.startsWith(`${project}:`))
      .map(([full, value]) => [full.slice(project.length + 1), value]),
  );
  const values = validValues(given);
  const { secretEnvironment = {} } = values;
  const isOpen = values.secretEnvironment !== undefined && areReferences(secretEnvironment);
  const missing = missingReferences(secretEnvironment, environment).map(
    ([name, problem]): Problem => [`secretEnvironment.${name}`, problem],
  );
  const plain = secretKeys
    .filter(
      (key) =>
        !['', '{}', '[]', undefined].includes(given[key]) && !secret.has(`${project}:${key}`),
    )
    .filter((key) => key !== 'secretEnvironment' || !isOpen)
    .map((key): Problem => [key, 'must be encrypted: set it with pulumi config set --secret']);
  const parsed = stackSchema.safeParse(given, { error: knownKeys });
  const placeholders = placeholderProblems(given);
  const replaced = new Set(placeholders.map(([field]) => field));
  const wrong = parsed.success
    ? []
    : parsed.error.issues
        .flatMap((issue) => problemsOf(issue, given))
        .filter(([field]) => !replaced.has(field));
  const combined = combinationProblems(values);
  const problems = [...placeholders, ...wrong, ...combined, ...missing, ...plain];
  if (!parsed.success || problems.length > 0) return { problems, config: undefined };
  const config = Object.freeze({
    ...parsed.data,
    secretEnvironment: withReferences(secretEnvironment, environment),
  });
  return { problems, config };
}

function validValues(given: Readonly<Record<string, string>>): Partial<Values> {
  const parsed = Object.entries(schema).map(
    ([key, codec]) => [key, codec.safeParse(given[key])] as const,
  );
  return Object.fromEntries(
    parsed.filter(([, { success }]) => success).map(([key, { data }]) => [key, data]),
  );
}

function problemsOf(issue: z.core.$ZodIssue, given: Readonly<Record<string, string>>): Problem[] {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) return issue.keys.map(unknown);
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.split('\n');
    return issue.keys.map((key) => [
      [...issue.path, key].join('.'),
      `is not known${didYouMean(key, known)}`,
    ]);
  }
  const [key = ''] = issue.path;
  const missing = !Object.hasOwn(given, key);
  return [[issue.path.join('.'), missing ? 'must be set' : issue.message]];
}

/** Puts the known keys of a map into the message about unknown ones, a line each. */
function knownKeys({ code, inst }: z.core.$ZodRawIssue): string | undefined {
  if (code !== 'unrecognized_keys') return undefined;
  return inst instanceof z.ZodObject ? Object.keys(inst.shape).join('\n') : '';
}

function unknown(key: string): Problem {
  return [key, `is not a key of this project${didYouMean(key, Object.keys(schema))}`];
}

function badConfig(problems: readonly Problem[]): PerchError {
  const lines = problems.map(([field, problem]) => `  ${project}:${field} ${problem}`);
  return new PerchError(
    'bad_input',
    `the stack's configuration is not valid:\n${lines.join('\n')}`,
  );
}
