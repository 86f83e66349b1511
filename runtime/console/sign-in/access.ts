import type { SignInConfig } from './sign-in-config.ts';

/** Rights of a person: a `user` may change everything, a `viewer` only look. */
export type Access = 'user' | 'viewer';

/**
 * Rights that the lists of people give an address; undefined: none, not even to look. An address that is named
 * itself has what its list gives, whatever another list gives its domain.
 * @param email - in lower case.
 */
export function accessOf(
  email: string,
  { users, viewers }: Pick<SignInConfig, 'users' | 'viewers'>,
): Access | undefined {
  for (const entry of [email, email.slice(email.lastIndexOf('@'))]) {
    if (users.includes(entry)) return 'user';
    if (viewers.includes(entry)) return 'viewer';
  }
  return undefined;
}
