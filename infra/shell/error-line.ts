import { z } from 'zod';

const said = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ hint: z.string() }).transform(({ hint }) => hint),
]);

/**
 * Line of standard error for people: what `perch` said with `--json`, as it says it without. Every
 * other line stays.
 */
export function plainErrorLine(line: string): string {
  if (!/^\{"(error|hint)":/.test(line)) return line;
  try {
    const { data } = said.safeParse(JSON.parse(line));
    return data === undefined ? line : `perch: ${data}`;
  } catch (error) {
    // A line that was cut off.
    if (error instanceof SyntaxError) return line;
    throw error;
  }
}
