import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { ownRules, ruleNames } from '../../runtime/contract/rule-names.ts';
import { json } from './codecs.ts';

const names: readonly string[] = [...ruleNames, ownRules];

/**
 * Monitor rules that differ from the defaults, by name. Monitors read their values and refuse bad
 * ones; a name that is misspelt is found here, before there is any monitor.
 */
export const thresholds = json(
  'map',
  z.record(z.string(), z.json(), { error: () => 'must be a map' }).superRefine((given, context) => {
    for (const name of Object.keys(given).filter((name) => !names.includes(name))) {
      const message = `is not a monitor rule; did you mean ${closest(name, names)}?`;
      context.addIssue({ code: 'custom', path: [name], message });
    }
  }),
);
