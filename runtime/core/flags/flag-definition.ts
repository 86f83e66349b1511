import { z } from 'zod';

export const flagSchema = z.looseObject(
  {
    state: z.enum(['ENABLED', 'DISABLED'], 'must be one of ENABLED, DISABLED'),
    variants: z.record(z.string(), z.json(), 'must be an object of names and values'),
    defaultVariant: z.string('must be the name of a variant').nullish(),
  },
  'must be an object',
);

/** A flag in flagd's format: https://flagd.dev/reference/flag-definitions/ */
export type FlagDefinition = z.infer<typeof flagSchema>;

const longestName = 100;

/** State of a flag for its callers, in words: `enabled, default on, after its targeting`. */
export function flagStateText({ state, defaultVariant, targeting }: FlagDefinition): string {
  if (state === 'DISABLED') return 'disabled, so callers get their own default';
  const isTargeted = typeof targeting === 'object' && !isEmpty(targeting);
  return [
    'enabled',
    typeof defaultVariant === 'string'
      ? `default ${oneLine(defaultVariant)}`
      : 'no default variant',
    ...(isTargeted ? ['after its targeting'] : []),
  ].join(', ');
}

/** True without a rule, which flagd writes as null or an empty object. */
function isEmpty(targeting: object | null): boolean {
  return targeting === null || Object.keys(targeting).length === 0;
}

/** Names of variants are any text, but events are lines. */
function oneLine(name: string): string {
  return name.slice(0, longestName).replaceAll(/\p{Cc}/gu, '?');
}
