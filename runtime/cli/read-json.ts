import { text as textOf } from 'node:stream/consumers';
import { PerchError } from '../contract/perch-error.ts';

const longestShown = 40;

export interface StdinOptions {
  /** True: no message holds any of the text, because it may hold secrets. */
  readonly isSecret: boolean;
}

/**
 * Reads the JSON object on stdin.
 * @throws PerchError `bad_input` that says what came instead.
 */
export async function readStdinJson({ isSecret }: StdinOptions): Promise<object> {
  const text = await textOf(process.stdin);
  const value = parsed(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const rule = value === undefined ? 'must be JSON' : 'must be a JSON object';
  throw new PerchError('bad_input', `stdin ${rule}, got ${shown(text.trim(), isSecret)}`);
}

/** Undefined: the text is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its errors repeat a part of the text.
    return undefined;
  }
}

function shown(text: string, isSecret: boolean): string {
  if (text === '') return 'nothing';
  if (isSecret) return `${text.length} characters, which are not shown`;
  const line = text.split(/[\p{Cc}]/u, 1)[0] ?? '';
  return line.length < text.length || line.length > longestShown
    ? `${line.slice(0, longestShown)}…`
    : line;
}
