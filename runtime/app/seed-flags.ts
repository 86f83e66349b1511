import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { FlagStore } from '../store/flags/flag-store.ts';

const seedFile = z.object({ flags: z.record(z.string(), z.unknown()) });

/** The demo app's flags from `flags.json`, in flagd's format: key -> definition. */
function flagSeeds(): ReadonlyMap<string, unknown> {
  const text = readFileSync(new URL('flags.json', import.meta.url), 'utf8');
  return new Map(Object.entries(seedFile.parse(JSON.parse(text)).flags));
}

/** Stores the demo app's flags; flags that exist already stay unchanged. */
export async function seedFlags(
  store: Pick<FlagStore, 'setIfAbsent'>,
): Promise<Map<string, 'stored' | 'kept'>> {
  const outcomes = new Map<string, 'stored' | 'kept'>();
  for (const [key, definition] of flagSeeds()) {
    outcomes.set(key, await store.setIfAbsent(key, definition));
  }
  return outcomes;
}
