import type { FlagDefinition } from '../../core/flags/flag-definition.ts';

/** Flag as the page shows it. */
export interface FlagView {
  readonly key: string;
  readonly state: FlagDefinition['state'];
  readonly defaultVariant: string | null;
  /** Variant -> value. */
  readonly variants: FlagDefinition['variants'];
  /** True if targeting may give some callers a variant other than the default. */
  readonly targeted: boolean;
  /** `description` in flagd's metadata. */
  readonly description: string | null;
}

/** Converts a stored flag for the page. */
export function flagView([key, flag]: readonly [string, FlagDefinition]): FlagView {
  const { targeting, metadata } = flag;
  return {
    key,
    state: flag.state,
    defaultVariant: flag.defaultVariant ?? null,
    variants: flag.variants,
    targeted:
      typeof targeting === 'object' && targeting !== null && Object.keys(targeting).length > 0,
    description: descriptionIn(metadata),
  };
}

/** Order of flags in a list. */
export function byKey(a: FlagView, b: FlagView): number {
  return a.key.localeCompare(b.key);
}

function descriptionIn(metadata: unknown): string | null {
  if (typeof metadata !== 'object' || metadata === null || !('description' in metadata))
    return null;
  return typeof metadata.description === 'string' ? metadata.description : null;
}
