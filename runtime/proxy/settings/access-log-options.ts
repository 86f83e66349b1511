import { z } from 'zod';
import {
  accessLogDefaults,
  isLoggedPercent,
  loggedClients,
  percentRule,
  type AccessLogSettings,
  type LoggedClients,
} from '../../contract/access-log.ts';

export const accessLogSchemas = {
  '--access-log': z.string().refine(isLoggedPercent, percentRule).transform(Number).optional(),
  '--access-log-query': z.boolean().default(accessLogDefaults.query),
  '--access-log-clients': z
    .enum(loggedClients, `must be one of ${loggedClients.join(', ')}`)
    .default(accessLogDefaults.clients),
};

interface AccessLogOptionsRead {
  readonly '--access-log'?: number | undefined;
  readonly '--access-log-query': boolean;
  readonly '--access-log-clients': LoggedClients;
}

/** Settings of the access log; undefined: it is off, whatever its other options say. */
export function accessLogOf(read: AccessLogOptionsRead): AccessLogSettings | undefined {
  const { '--access-log': percent, '--access-log-query': query } = read;
  return percent === undefined
    ? undefined
    : { percent, query, clients: read['--access-log-clients'] };
}
