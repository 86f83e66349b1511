import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sshPublicKey } from '../../../support/pulumi/ssh-keys.ts';

const root = join(import.meta.dirname, '../../../..');

/** A user's own value for each placeholder of the shipped stack files. */
const own: Readonly<Record<string, string>> = {
  'the network from which you deploy, address/bits': '198.18.0.0/24',
  'the public half of sshPrivateKey, the line in ~/.ssh/perch.pub': sshPublicKey,
  'the sender of alert emails': 'alerts@perch.internal',
  'an address that receives alert emails': 'team@perch.internal',
  ...Object.fromEntries(
    [1, 2, 3].flatMap((number) => [
      [`the address of web-${number}`, `198.18.1.${number}`],
      [`the private address of web-${number}`, `10.0.0.1${number}`],
      [`the host key of web-${number}, without its address`, sshPublicKey],
    ]),
  ),
};

/** Registry in place of `none`: stand-in engines have no images to send. */
const ownRegistry = 'registry: registry.perch.internal/shop\n  perch:registryUsername: deploy';

/** Text of a stack file of the repository, as its user has filled it in. */
export function shippedStack(file: string): string {
  const yaml = readFileSync(join(root, file), 'utf8');
  return yaml
    .replace(/<(.+)>$/gm, (whole, what: string) => own[what] ?? whole)
    .replace(/registry: none$/m, ownRegistry);
}
