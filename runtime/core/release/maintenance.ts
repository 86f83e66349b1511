import { z } from 'zod';

/** Bytes of UTF-8 that a page has at most. Proxies hold it in memory and send it to every client. */
export const longestPageBytes = 65_536;
export const longestMessage = 500;

export const defaultMessage = 'The service is down for maintenance. Please try again later.';

/** Time after which clients are asked to try again, seconds. */
export const maintenanceRetrySeconds = 60;

export const maintenanceSchema = z.object({
  /** False: it has ended. No record at all says nothing, because Redis may have lost it. */
  on: z.boolean(),
  /** Milliseconds since the epoch by Redis' clock; a later record has a higher one. */
  at: z.int(),
  by: z.string(),
  /** One line for clients that want no HTML, for the events and for the status. */
  message: z.string().max(longestMessage).optional(),
  /** HTML for browsers. */
  page: z.string().max(longestPageBytes).optional(),
});

/** Maintenance of a service, during which proxies answer requests in its place. */
export type Maintenance = z.infer<typeof maintenanceSchema>;

/** State of a maintenance that a proxy applies; `at` is 0 if it knows none. */
export const appliedMaintenanceSchema = maintenanceSchema.pick({ on: true, at: true });
