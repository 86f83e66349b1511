import { hostname, userInfo } from 'node:os';

/** User and machine of this process, `ada@laptop`, for records and events. */
export function userAtMachine(): string {
  return `${userName()}@${hostname()}`;
}

/** Name of the user, or its id: a container may run under a user id without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.()}`;
  }
}
