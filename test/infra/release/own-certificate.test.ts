import { expect, test } from 'vitest';
import { certificateWords } from '../../../infra/release/own-certificate.ts';

test('a certificate is stored for the hosts and the path prefix of the route to come', () => {
  const hosts = ['a.example', '*.b.example'];
  const words = ['certificate', 'set', 'blog', '--host=a.example', '--host=*.b.example'];
  expect(certificateWords('blog', { hosts, pathPrefix: undefined })).toEqual(words);
  expect(certificateWords('blog', { hosts, pathPrefix: '/v1' })).toEqual([
    ...words,
    '--path-prefix=/v1',
  ]);
});
