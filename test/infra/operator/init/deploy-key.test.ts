import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readKey } from '../../../../infra/operator/init/deploy-key.ts';
import { Application } from './support/application.ts';

test('a key with a passphrase is refused by the rule that it breaks', async () => {
  using application = new Application();
  const file = join(application.home, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret', '-f', file]);
  expect(await readKey(file, 'shop')).toEqual({
    problem: expect.stringMatching(
      /^must be the file of a private key without a passphrase, got .*key: .*incorrect passphrase/,
    ),
  });
});
