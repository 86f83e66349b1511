/** Longest return path, characters: it travels in a cookie. */
const longest = 1_000;

/**
 * Address of the console to show after a sign-in. What is not a path of the console's page becomes `/`:
 * nobody must be able to make a link that leads elsewhere by way of the console.
 */
export function returnAddress(origin: string, path: string): string {
  const url = path.startsWith('/') && path.length <= longest ? URL.parse(path, origin) : null;
  const isOwn = url?.origin === origin && !/^\/(?:api|sign-in)(?:\/|$)/.test(url.pathname);
  return isOwn ? url.href : `${origin}/`;
}
