const longestPrefix = 200;
/** Characters of a segment that never need percent-encoding (RFC 3986 section 3.3). */
const segment = /^[A-Za-z0-9._~!$&'()*+,;=:@-]+$/;

/**
 * Rule that a service's path prefix breaks, read after the field's name; undefined for a good one. A
 * good one is whole segments, `/x` or `/x/y`, as they stand in a normalized path.
 */
export function pathPrefixProblem(text: string): string | undefined {
  if (!text.startsWith('/')) return 'must begin with /';
  if (text === '/') return 'must name a segment: leave it out for all paths';
  if (text.length > longestPrefix) return `must have at most ${longestPrefix} characters`;
  if (/[?#]/.test(text)) return 'must be a path without a query';
  if (text.includes('%')) return 'must not hold percent-encoded characters';
  const segments = text.slice(1).split('/');
  if (segments.at(-1) === '') return 'must not end in /';
  if (segments.includes('')) return 'must not hold empty segments';
  if (segments.includes('.') || segments.includes('..')) return 'must not hold dot segments';
  if (!segments.every((one) => segment.test(one)))
    return 'must hold only characters that a path needs not encode (RFC 3986)';
  return undefined;
}
