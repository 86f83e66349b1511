/** Forms in which an access log names clients. */
export const loggedClients = ['full', 'network', 'none'] as const;
export type LoggedClients = (typeof loggedClients)[number];

/** Access log of proxies. */
export interface AccessLogSettings {
  /** Share of the requests that are logged, percent: above 0, at most 100. */
  readonly percent: number;
  /** True if the query of each request is logged too. */
  readonly query: boolean;
  /**
   * - `full`: the whole address.
   * - `network`: its /24, or its /48 of IPv6, which is no longer one person's.
   * - `none`: no address.
   */
  readonly clients: LoggedClients;
}

export const accessLogDefaults = { query: false, clients: 'network' } as const;

export const percentRule = 'must be a number above 0, at most 100, with two decimals at most';

/** True for a share of requests that can be logged. */
export function isLoggedPercent(text: string): boolean {
  return /^\d{1,3}(\.\d{1,2})?$/.test(text) && Number(text) > 0 && Number(text) <= 100;
}
