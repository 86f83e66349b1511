import type { SignInConfig } from './sign-in-config.ts';

/** What a person may do: `user` change everything, `viewer` only look. */
export type Access = 'user' | 'viewer';

/**
 * What the lists of people let an address do; undefined: not even look. An address that is named
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
