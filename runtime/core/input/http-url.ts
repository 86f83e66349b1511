import { z } from 'zod';

const rule = 'must be an http or https URL';

/** An http or https URL. */
export const httpUrl = z.string(rule).refine((value) => {
  const protocol = URL.parse(value)?.protocol;
  return protocol === 'https:' || protocol === 'http:';
}, rule);
