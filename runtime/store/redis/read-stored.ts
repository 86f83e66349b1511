import type { z } from 'zod';

/** What is stored as JSON; undefined when it does not fit, as another version of Perch may write. */
export function readStored<Schema extends z.ZodType>(
  schema: Schema,
  json: string,
): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
