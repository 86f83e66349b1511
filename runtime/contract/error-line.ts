/**
 * Line of standard error for people: what `perch` said with `--json`, as it says it without. Every
 * other line stays.
 */
export function plainErrorLine(line: string): string {
  if (!/^\{"(error|hint)":/.test(line)) return line;
  const said = messageIn(parsed(line));
  return said === undefined ? line : `perch: ${said}`;
}

/** Undefined: the line was cut off. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function messageIn(said: unknown): string | undefined {
  if (typeof said !== 'object' || said === null) return undefined;
  if ('hint' in said && typeof said.hint === 'string') return said.hint;
  if (!('error' in said) || typeof said.error !== 'object' || said.error === null) return undefined;
  return 'message' in said.error ? String(said.error.message) : undefined;
}
