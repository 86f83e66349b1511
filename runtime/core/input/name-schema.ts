import { z } from 'zod';
import { namePattern, nameRule } from '../../contract/names.ts';

/** What a service, member, host or rollout is called. @param missing the rule that no name breaks. */
export function nameSchema(missing = 'must be set') {
  return z.string(missing).regex(namePattern, `must ${nameRule}`);
}
