import { MemoryStorage } from '@openfeature/flagd-core';
import { z } from 'zod';
import { flagKeyPattern, flagKeyRule } from '../../contract/names.ts';
import { PerchError, type InputProblem } from '../../contract/perch-error.ts';
import { flagSchema, type FlagDefinition } from '../../core/flags/flag-definition.ts';
import { inputProblemsText } from '../../core/input/input.ts';

/** Largest definition that a flag may have, bytes of JSON. */
export const largestFlagBytes = 65_536;
const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing };

/**
 * Validates a definition with flagd-core, strictly against flagd's own schema.
 * @throws PerchError `bad_input` with the flag's key and each problem.
 */
export function requireFlag(key: string, definition: unknown): FlagDefinition {
  if (!flagKeyPattern.test(key)) {
    const problems = [{ field: 'key', rule: `must be ${flagKeyRule}`, value: key }];
    throw new PerchError('bad_input', `flag ${inputProblemsText(problems)}`, { problems });
  }
  const json = JSON.stringify({ flags: { [key]: definition } });
  if (Buffer.byteLength(json) > largestFlagBytes) {
    const rule = `must be at most ${largestFlagBytes} bytes`;
    const problems = [{ field: 'definition', rule }];
    throw new PerchError('bad_input', `flag ${key} ${rule}`, { problems });
  }
  try {
    new MemoryStorage(silent).setConfigurations(json, true);
    return flagSchema.parse(definition);
  } catch (error) {
    const problems = problemsIn(reasonOf(error), key, definition);
    const text = `flag ${key}: ${inputProblemsText(problems)}`;
    throw new PerchError('bad_input', text, { cause: error, problems });
  }
}

const schemaErrors = z.array(
  z.looseObject({
    instancePath: z.string(),
    message: z.string(),
    params: z
      .looseObject({
        additionalProperty: z.string().optional(),
        allowedValues: z.array(z.json()).optional(),
      })
      .optional(),
  }),
);
type SchemaError = z.infer<typeof schemaErrors>[number];

/** Messages that only say that others follow. */
const unions = /must match (exactly one schema in oneOf|a schema in anyOf)/;

/** Reason of a refusal, which flagd-core puts into the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/**
 * Problems of the schema errors that flagd-core prints as JSON: each once, with its field. Of a value
 * that fits no option of a union, only what is wrong deepest inside it is a problem.
 */
function problemsIn(reason: string, key: string, definition: unknown): InputProblem[] {
  const list = schemaErrors.safeParse(parseJson(reason.slice(reason.indexOf('['))));
  if (!list.success) return [defaultProblem(definition) ?? { field: 'definition', rule: reason }];
  const all = list.data.filter(({ message }) => !unions.test(message));
  const deepest = all.filter(
    ({ instancePath }) => !all.some((other) => other.instancePath.startsWith(`${instancePath}/`)),
  );
  // The definition itself lacks a field, whatever is wrong inside of it.
  const missing = all.filter((error) => fieldOf(error, key) === '' && !deepest.includes(error));
  const known = new Map(
    [...missing, ...deepest].map((error) => {
      const problem = { field: fieldOf(error, key) || 'definition', rule: ruleOf(error) };
      return [`${problem.field} ${problem.rule}`, problem];
    }),
  );
  return [...known.values()];
}

function fieldOf({ instancePath }: SchemaError, key: string): string {
  return instancePath.replace(`/flags/${key}`, '').replace(/^\//, '').replaceAll('/', '.');
}

function ruleOf({ message, params }: SchemaError): string {
  if (params?.allowedValues !== undefined) {
    return `must be one of ${params.allowedValues.map(String).join(', ')}`;
  }
  if (params?.additionalProperty !== undefined) {
    return `must not have the field ${params.additionalProperty}`;
  }
  return message;
}

/** The one rule that flagd-core checks itself. */
function defaultProblem(definition: unknown): InputProblem | undefined {
  const { variants, defaultVariant } = flagSchema.safeParse(definition).data ?? {};
  if (typeof defaultVariant !== 'string' || variants === undefined) return undefined;
  const rule = `must be one of ${Object.keys(variants).join(', ')}`;
  return { field: 'defaultVariant', rule, value: defaultVariant };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not every reason of flagd-core is JSON; the caller uses the text then.
  }
}

function nothing(): void {}
