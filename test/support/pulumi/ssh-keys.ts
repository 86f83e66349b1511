import { hostKey } from '../../../infra/hosts/host-key.ts';

/** Both halves of the key with which a test's stacks log in to their hosts. */
export const { publicKey: sshPublicKey, privateKey: sshPrivateKey } = hostKey(Buffer.alloc(32, 7));
