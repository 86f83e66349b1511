/** Rules about combinations of configuration keys, and what they are made of. */
import type { Key, Values } from './schema.ts';

export type ConfigProblem = readonly [key: Key, problem: string];

export type ConfigRule = (values: Partial<Values>) => readonly (ConfigProblem | undefined)[];

/** Makes a rule about the keys that it reads. It applies only if each of them is valid by itself. */
export function rule<K extends Key>(
  reads: readonly K[],
  problems: (values: Pick<Values, K>) => readonly (ConfigProblem | undefined)[],
): ConfigRule {
  return (values) => (holds(values, reads) ? problems(values) : []);
}

function holds<K extends Key>(
  values: Partial<Values>,
  keys: readonly K[],
): values is Partial<Values> & Pick<Values, K> {
  return keys.every((key) => Object.hasOwn(values, key));
}

export function needs(key: Key, value: unknown, reason: string): ConfigProblem | undefined {
  return when(value === undefined, key, `must be set ${reason}`);
}

export function when(wrong: boolean, key: Key, problem: string): ConfigProblem | undefined {
  return wrong ? [key, problem] : undefined;
}

/** Values that stand in the list more than once, each once. */
export function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) < index))];
}
