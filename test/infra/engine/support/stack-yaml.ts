import { stringify } from 'yaml';

/** A stack's file with these settings of Perch. */
export function stackYaml(settings: Readonly<Record<string, unknown>>): string {
  const keys = Object.entries(settings).map(([key, value]) => [`perch:${key}`, value]);
  return stringify({ config: Object.fromEntries(keys) });
}
