import type { z } from 'zod';
import { readStored as read } from '../../../runtime/store/redis/stored-values.ts';
import { Memory } from '../platform/memory.ts';

export * from '../../../runtime/store/redis/stored-values.ts';

const memories = new WeakMap<z.ZodType, Memory<object>>();

/** Reads like production, but each object once: several processes of a run read the same ones. */
export function readStored<Schema extends z.ZodType>(
  schema: Schema,
  json: string,
): z.infer<Schema> | undefined {
  const memory = memories.get(schema) ?? new Memory<object>();
  memories.set(schema, memory);
  const known = memory.get(json) as z.infer<Schema> | undefined;
  if (known !== undefined) return known;
  const value = read(schema, json);
  if (typeof value === 'object' && value !== null) memory.add(json, value);
  return value;
}
