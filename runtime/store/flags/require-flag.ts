import { MemoryStorage } from '@openfeature/flagd-core';
import { z } from 'zod';
import { flagKeyPattern, flagKeyRule } from '../../contract/names.ts';
import { PerchError } from '../../contract/perch-error.ts';
import { flagSchema, type FlagDefinition } from '../../core/flags/flag-definition.ts';

const maxBytes = 65_536;
const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing };

/**
 * Validates a definition with flagd-core, strictly against flagd's own schema.
 * @throws PerchError `bad_input` with the flag's key and each reason.
 */
export function requireFlag(key: string, definition: unknown): FlagDefinition {
  if (!flagKeyPattern.test(key)) {
    throw new PerchError('bad_input', `flag key must be ${flagKeyRule}, got ${key}`);
  }
  const json = JSON.stringify({ flags: { [key]: definition } });
  if (Buffer.byteLength(json) > maxBytes) {
    throw new PerchError('bad_input', `flag ${key} must be at most ${maxBytes} bytes`);
  }
  try {
    new MemoryStorage(silent).setConfigurations(json, true);
    return flagSchema.parse(definition);
  } catch (error) {
    throw new PerchError('bad_input', `flag ${key}: ${readable(reasonOf(error), key)}`, {
      cause: error,
    });
  }
}

const schemaErrors = z.array(z.looseObject({ instancePath: z.string(), message: z.string() }));

/** Reason of a refusal, which flagd-core puts into the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** Formats the schema errors that flagd-core prints as JSON: each once, with its field. */
function readable(reason: string, key: string): string {
  const list = schemaErrors.safeParse(parseJson(reason.slice(reason.indexOf('['))));
  if (!list.success) return reason;
  const lines = list.data.map(({ instancePath, message }) => {
    const field = instancePath.replace(`/flags/${key}`, '').replace(/^\//, '').replaceAll('/', '.');
    return `${field || 'definition'} ${message}`;
  });
  return [...new Set(lines)].join('; ');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not every reason of flagd-core is JSON; the caller uses the text then.
  }
}

function nothing(): void {}
