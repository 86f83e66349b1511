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
  const json = JSON.stringify({ definition });
  if (Buffer.byteLength(json) > largestFlagBytes) {
    const rule = `must be at most ${largestFlagBytes} bytes`;
    const problems = [{ field: 'definition', rule }];
    throw new PerchError('bad_input', `flag ${key} ${rule}`, { problems });
  }
  const problems = problemsOf(definition);
  const flag = flagSchema.safeParse(definition).data;
  if (problems.length === 0 && flag !== undefined) return flag;
  throw new PerchError('bad_input', `flag ${key}: ${inputProblemsText(problems)}`, { problems });
}

/**
 * All problems of a definition. flagd-core stops at its first one, so the targeting is also validated
 * by itself.
 */
function problemsOf(definition: unknown): InputProblem[] {
  const parsed = flagSchema.safeParse(definition);
  const whole = refusedByFlagd(definition);
  if (parsed.success && whole.length === 0) return [];
  const { targeting } = z.looseObject({}).safeParse(definition).data ?? {};
  const own = (parsed.error?.issues ?? []).map(({ path, message }) => ({
    field: path.join('.') || 'definition',
    rule: message,
  }));
  const known = new Set(own.map(({ field }) => field));
  const byFlagd = [...whole, ...refusedByFlagd({ ...sound, targeting: targeting ?? {} })];
  const others = byFlagd.filter(
    ({ field }) => !known.has(field) && (own.length === 0 || field !== 'definition'),
  );
  const all = [...own, ...others];
  return [...new Map(all.map((each) => [`${each.field} ${each.rule}`, each])).values()];
}

const sound = { state: 'ENABLED', variants: { on: true }, defaultVariant: 'on' };
const key = 'flag';

function refusedByFlagd(definition: unknown): InputProblem[] {
  try {
    new MemoryStorage(silent).setConfigurations(
      JSON.stringify({ flags: { [key]: definition } }),
      true,
    );
    return [];
  } catch (error) {
    return problemsIn(reasonOf(error), definition);
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
 * Problems of the schema errors that flagd-core prints as JSON, each with its field. Of a value
 * that fits no option of a union, only what is wrong deepest inside it is a problem.
 */
function problemsIn(reason: string, definition: unknown): InputProblem[] {
  const list = schemaErrors.safeParse(parseJson(reason.slice(reason.indexOf('['))));
  if (!list.success) return [defaultProblem(definition) ?? { field: 'definition', rule: reason }];
  const all = list.data.filter(({ message }) => !unions.test(message));
  const deepest = all.filter(
    ({ instancePath }) => !all.some((other) => other.instancePath.startsWith(`${instancePath}/`)),
  );
  return deepest.map((error) => ({ field: fieldOf(error) || 'definition', rule: ruleOf(error) }));
}

function fieldOf({ instancePath }: SchemaError): string {
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
