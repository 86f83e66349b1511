/** Most host names of one service: a certificate of a public authority holds 100. */
export const mostHosts = 100;

/** Longest host name, characters (RFC 1035 section 2.3.4, without the root's dot). */
const longestName = 253;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const wildcard = '*.';

/**
 * Rule that a service's host name breaks, read after the field's name; undefined for a good one. A
 * good one is a name by RFC 1123 in lower case, with A-labels (RFC 5890) and without a port; its
 * first label may be `*`, which stands for exactly one label, as in certificates (RFC 6125).
 */
export function hostNameProblem(text: string): string | undefined {
  const name = text.startsWith(wildcard) ? text.slice(wildcard.length) : text;
  if (name.includes('*')) return 'must have a wildcard only as its whole first label';
  if (name !== text && !name.includes('.'))
    return 'must have at least two labels after the wildcard';
  if (/[^\p{ASCII}]/u.test(name)) return notAscii(text, name);
  if (/^[0-9.]+$|^\[|^[0-9a-f]*:[0-9a-f]*:/.test(name)) return 'must be a name, not an IP address';
  if (name.includes(':')) return 'must be a host name without a port';
  if (name !== name.toLowerCase()) return 'must be in lower case';
  if (name.endsWith('.')) return 'must not end in a dot';
  if (name.length > longestName) return `must have at most ${longestName} characters`;
  const labels = name.split('.');
  if (!labels.every((one) => label.test(one)))
    return 'must be a host name (RFC 1123): labels of 1 to 63 letters, digits and dashes, with a letter or digit at both ends';
  if (/^\d+$/.test(labels.at(-1) ?? '')) return 'must not end in a label of digits alone';
  // A URL's host is checked by UTS 46 only if one of its labels is not ASCII.
  if (asciiName(`ü.${name}`) === undefined) return 'must hold valid A-labels (RFC 5890)';
  return undefined;
}

/** Returns the name or address of a Host in lower case, without its port and the root's dot. */
export function hostNameOf(host: string): string {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** True if the name stands for every name of one more label. */
export function isWildcard(name: string): boolean {
  return name.startsWith(wildcard);
}

function notAscii(text: string, name: string): string {
  const ascii = asciiName(name);
  if (ascii === undefined) return 'must be a host name (RFC 1123)';
  return `must be written with A-labels: ${text.slice(0, text.length - name.length)}${ascii}`;
}

/** Name with A-labels (UTS 46); undefined if it has none. */
function asciiName(name: string): string | undefined {
  return URL.parse(`http://${name}/`)?.hostname;
}
