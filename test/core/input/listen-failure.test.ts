import { expect, test } from 'vitest';
import { listenFailure } from '../../../runtime/core/input/listen-failure.ts';

test.each([
  ['EADDRINUSE', 'port_in_use', '--listen 0.0.0.0:80 is in use by another process'],
  [
    'EACCES',
    'bad_input',
    '--listen 0.0.0.0:80 needs a permission that this process does not have: EACCES',
  ],
  [
    'EADDRNOTAVAIL',
    'bad_input',
    '--listen 0.0.0.0:80 is not an address to listen on: EADDRNOTAVAIL',
  ],
])('a server that cannot listen because of %s reports it as %s', (code, kind, message) => {
  const cause = Object.assign(new Error('listen'), { code });
  expect(listenFailure('--listen 0.0.0.0:80', cause)).toMatchObject({ code: kind, message, cause });
});

test('an unknown error of a server that cannot listen stays as it is', () => {
  const cause = new Error('listen');
  expect(listenFailure('127.0.0.1:80', cause)).toBe(cause);
});
