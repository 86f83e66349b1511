import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../../..');

interface DeclaredKey {
  type: string;
  description: string;
  default?: unknown;
}

/** The keys in Pulumi.yaml: full key to type, description and default. */
export function declaredKeys(): Record<string, DeclaredKey> {
  const project = parse(readFileSync(join(root, 'Pulumi.yaml'), 'utf8')) as {
    config: Record<string, DeclaredKey>;
  };
  return project.config;
}

/** A stack's configuration as the engine passes it to the program: text, with the defaults. */
export function rawConfig(values: Record<string, unknown>): Record<string, string> {
  const defaults = Object.entries(declaredKeys())
    .filter(([, key]) => key.default !== undefined)
    .map(([full, key]) => [full, asText(key.default)]);
  const given = Object.entries(values).map(([key, value]) => [`perch:${key}`, asText(value)]);
  return Object.fromEntries([...defaults, ...given]) as Record<string, string>;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
