/** Rule of the issuer of an OpenID provider, read after the field's name. */
export const issuerRule = 'must be the https URL of the provider, without user, query and fragment';

/**
 * Parses the issuer of an OpenID provider: a URL without user, query and fragment (OpenID Connect Core
 * 1.0, section 1.2). Null for anything else. Its scheme is for the caller to check.
 */
export function issuerOf(text: string): URL | null {
  if (/[?#\s]/.test(text)) return null;
  const url = URL.parse(text);
  return url?.username === '' && url.password === '' ? url : null;
}
