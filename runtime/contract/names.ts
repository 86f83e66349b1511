/**
 * Pattern of names of services, members, hosts and rollouts, which become part of Redis keys,
 * container names, metric dimensions and headers.
 */
export const namePattern = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/;
export const nameRule =
  'be 1 to 63 lower-case letters, digits, dots, dashes or underscores, with a letter or digit at both ends';

/** Name of the service that the console of a service's stack is for the proxies and the monitors. */
export function consoleService(service: string): string {
  return `${service}-console`;
}

export const tracks = ['stable', 'canary'] as const;
export type Track = (typeof tracks)[number];

/** Commands of the application that run once for a release, before and after its members serve. */
export const hooks = ['beforeRelease', 'afterRelease'] as const;
export type Hook = (typeof hooks)[number];

/** Pattern of keys of feature flags. */
export const flagKeyPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
export const flagKeyRule =
  '1 to 128 letters, digits, dots, dashes or underscores, with a letter or digit first';
