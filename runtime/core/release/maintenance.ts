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

/** Maintenance as it is shown to people, without its page. */
export interface MaintenanceView {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly by: string;
  readonly message: string;
  readonly hasPage: boolean;
}

/** Returns the maintenance that is on; null if none is. */
export function maintenanceView(maintenance: Maintenance | undefined): MaintenanceView | null {
  if (maintenance?.on !== true) return null;
  const { at, by, message = defaultMessage, page } = maintenance;
  return { since: at, by, message, hasPage: page !== undefined };
}

interface AppliedMaintenance {
  readonly id: string;
  readonly maintenance?: { readonly on: boolean } | undefined;
}

/** Ids of the proxies that apply a maintenance of which Redis has lost the record. */
export function appliersOfLost(
  maintenance: Maintenance | undefined,
  proxies: readonly AppliedMaintenance[],
): string[] {
  if (maintenance !== undefined) return [];
  return proxies.filter((proxy) => proxy.maintenance?.on === true).map(({ id }) => id);
}
