import { expect, test } from 'vitest';
import { shortDigest } from '../../../infra/images/image.ts';

test("the default version of a release is the start of its image's digest", () => {
  expect(shortDigest(`shop@sha256:${'ab'.repeat(32)}`)).toBe('abababababab');
  expect(shortDigest(`sha256:${'cd'.repeat(32)}`)).toBe('cdcdcdcdcdcd');
});
