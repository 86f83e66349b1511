import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isBelow, normalizedPath } from '../../../runtime/core/edge/request-path.ts';

test.each([
  ['/x', '/x'],
  ['/x?y=/../z', '/x'],
  ['/x?y', '/x?y'],
  ['/%78/y', '/x/y'],
  ['/a/../x', '/x'],
  ['/a/%2e%2E/x', '/x'],
  ['/x/..', '/'],
  ['/x/y/..', '/x/'],
  ['/x/.', '/x/'],
  ['/./x', '/x'],
  ['/../../x', '/x'],
  ['/x%2fy', '/x%2Fy'],
  ['/x/..%2fy', '/x/..%2Fy'],
  ['/x%252e', '/x%252e'],
  ['/x%zz', '/x%zz'],
  ['/.hidden', '/.hidden'],
  ['/...', '/...'],
  ['//x', '//x'],
  ['*', '*'],
])('the path of %s is %s', (target, path) => {
  expect(normalizedPath(target)).toBe(path);
});

test.each([
  ['/x', true],
  ['/x/', true],
  ['/x/y', true],
  ['/x?y', true],
  ['/xy', false],
  ['/x;y', false],
  ['/x%2Fy', false],
  ['/X', false],
  ['/', false],
])('%s below /x: %s', (path, expected) => {
  expect(isBelow(path, '/x')).toBe(expected);
});

test('a normalized path stays as it is, and no encoding of it leads elsewhere', () => {
  const segment = fc.stringMatching(/^[a-z.~@-]{1,6}$/).filter((text) => !/^\.\.?$/.test(text));
  fc.assert(
    fc.property(
      fc.array(segment, { minLength: 1 }),
      fc.infiniteStream(fc.boolean()),
      (parts, coins) => {
        const path = `/${parts.join('/')}`;
        const encoded = path.replace(/[^/]/g, (character) =>
          coins.next().value === true
            ? `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`
            : character,
        );
        expect(normalizedPath(path)).toBe(path);
        expect(normalizedPath(encoded)).toBe(path);
        expect(normalizedPath(`/other/..${encoded}`)).toBe(path);
      },
    ),
  );
});
