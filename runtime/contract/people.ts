import { hostNameProblem, isWildcard } from './host-name.ts';

/** Longest email address that names a person in documents and events, characters. */
export const longestEmail = 200;

/** Entries of a list of people, separated by commas, in lower case: `ada@example.com`, `@example.com`. */
export function peopleOf(text: string): string[] {
  const entries = text.split(',').map((entry) => entry.trim().toLowerCase());
  return [...new Set(entries.filter((entry) => entry !== ''))];
}

/**
 * Rule that an entry of a list of people breaks, read after the field's name; undefined for a good
 * one. `@example.com` stands for every address of exactly that domain.
 */
export function personProblem(entry: string): string | undefined {
  const at = entry.lastIndexOf('@');
  const domain = entry.slice(at + 1);
  const isAddress = at >= 0 && /^[^\s@,;:"<>()[\]\\]*$/.test(entry.slice(0, at));
  if (!isAddress || !domain.includes('.')) {
    return 'must hold email addresses, or @DOMAIN for a whole domain';
  }
  if (entry.length > longestEmail) {
    return `must hold email addresses of at most ${longestEmail} characters`;
  }
  const problem = isWildcard(domain) ? 'must be without a wildcard' : hostNameProblem(domain);
  return problem === undefined ? undefined : `must hold valid domains: ${domain} ${problem}`;
}

/** People that both of two lists name, in lower case. Nobody can be a user and a viewer. */
export function namedTwice(users: readonly string[], viewers: readonly string[]): string[] {
  const named = new Set(users.map((entry) => entry.toLowerCase()));
  return viewers.map((entry) => entry.toLowerCase()).filter((entry) => named.has(entry));
}

/** Fewest characters of the secret of the client at the provider: it also seals the sessions. */
export const shortestClientSecret = 16;
