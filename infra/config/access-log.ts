/** Codec of `accessLog`. */
import { z } from 'zod';
import { isLoggedPercent, loggedClients, percentRule } from '../../runtime/contract/access-log.ts';
import { got, json, mapProblem, oneOf } from './codecs.ts';

const percent = z.custom<number>(
  (value) => typeof value === 'number' && isLoggedPercent(String(value)),
  { error: ({ input }) => got(percentRule, input) },
);

const settings = z
  .strictObject(
    {
      percent: percent.optional(),
      query: z.boolean({ error: ({ input }) => got('must be true or false', input) }).optional(),
      clients: oneOf(loggedClients).optional(),
    },
    { error: mapProblem },
  )
  .refine(({ percent: share, ...others }) => share !== undefined || isEmpty(others), {
    path: ['percent'],
    error: 'must be set with the other fields: the share of the requests to log',
  });

function isEmpty(fields: object): boolean {
  return Object.values(fields).every((value) => value === undefined);
}

/** Without `percent` there is no access log. */
export const accessLog = json('map', settings);
