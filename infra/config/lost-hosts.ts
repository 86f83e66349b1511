/**
 * Environment variable with the names of hosts that do not answer, separated by commas, while
 * `npx perch host replace` replaces another one: that update leaves them as they are, so the
 * preflight does not ask them.
 */
export const lostHostsVariable = 'PERCH_LOST_HOSTS';

/** Names of the hosts that the update leaves as they are. */
export function lostHosts(): ReadonlySet<string> {
  return new Set((process.env[lostHostsVariable] ?? '').split(',').filter((name) => name !== ''));
}
