import { z } from 'zod';
import { namePattern, nameRule } from '../../contract/names.ts';

/**
 * Schema of the name of a service, member, host or rollout.
 * @param missing - message if there is no name. Default `must be set`.
 */
export function nameSchema(missing = 'must be set') {
  return z.string(missing).regex(namePattern, `must ${nameRule}`);
}
