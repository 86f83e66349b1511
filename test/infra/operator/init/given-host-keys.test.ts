import { expect, test } from 'vitest';
import { givenHostKeys } from '../../../../infra/operator/init/given-host-keys.ts';

const address = '198.18.0.9';
const server = { name: 'web-1', user: 'root', address, port: 22, privateAddress: '10.0.0.1' };

/** Key that is pinned, and the problems, of lines with these keys. */
function given(...keys: readonly string[]) {
  const { pinned, problems } = givenHostKeys(
    [server],
    keys.map((key) => `${address} ${key}`),
  );
  return { hostKey: pinned[0]?.hostKey, problems: problems.map(({ problem }) => problem) };
}

test('of the keys of several kinds that ssh-keyscan prints, the preferred one is pinned', () => {
  expect(given('ssh-rsa AAAB', 'ecdsa-sha2-nistp256 AAAC', 'ssh-ed25519 AAAD')).toEqual({
    hostKey: 'ssh-ed25519 AAAD',
    problems: [],
  });
  expect(given('ssh-rsa AAAB').hostKey).toBe('ssh-rsa AAAB');
});

test('two keys of a kind for one server are refused, the same one twice is not', () => {
  expect(given('ssh-ed25519 AAAA', 'ssh-ed25519 AAAB').problems).toEqual([
    `must give one key of a kind for a --server, got two of ssh-ed25519 for ${address}`,
  ]);
  expect(given('ssh-ed25519 AAAA', 'ssh-ed25519 AAAA').problems).toEqual([]);
});
