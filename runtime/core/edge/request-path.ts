/** Characters that a segment of a path prefix may hold; encoded ones mean the same in a path. */
const plain = /^[A-Za-z0-9._~!$&'()*+,;=:@-]$/;

/**
 * Path of a request's target by which it is routed (RFC 3986 section 6.2.2): without
 * percent-encoding where none is needed and without dot segments. An encoded slash stays as it is:
 * it separates no segments. A query may follow the path of a target that is normal already.
 */
export function normalizedPath(target: string): string {
  if (!target.includes('%') && !target.includes('/.')) return target;
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  const decoded = path.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return plain.test(character) ? character : encoded.toUpperCase();
  });
  return withoutDotSegments(decoded);
}

/** Reports whether a normalized path is a prefix or below it, by whole segments. */
export function isBelow(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  const next = path.charCodeAt(prefix.length);
  return path.length === prefix.length || next === slash || next === questionMark;
}

const slash = 0x2f;
const questionMark = 0x3f;

/** RFC 3986 section 5.2.4. */
function withoutDotSegments(path: string): string {
  const segments = path.split('/').slice(1);
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  const endsInFolder = last === '.' || last === '..';
  return `/${kept.join('/')}${endsInFolder && kept.length > 0 ? '/' : ''}`;
}
