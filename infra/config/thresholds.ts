import { z } from 'zod';
import { ruleKeys } from '../../runtime/contract/rule-defaults.ts';
import { didYouMean } from '../../runtime/contract/suggest-name.ts';
import { json } from './codecs.ts';

/**
 * Monitor rules that differ from the defaults, by name. Monitors check the values; this codec finds
 * misspelt names before any monitor runs.
 */
export const thresholds = json(
  'map',
  z.record(z.string(), z.json(), { error: () => 'must be a map' }).superRefine((given, context) => {
    for (const name of Object.keys(given).filter((name) => !ruleKeys.includes(name))) {
      const message = `is not a monitor rule${didYouMean(name, ruleKeys)}`;
      context.addIssue({ code: 'custom', path: [name], message });
    }
  }),
);
