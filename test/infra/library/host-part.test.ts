import * as pulumi from '@pulumi/pulumi';
import { expect, test } from 'vitest';
import { HostPart, type HostPartArgs } from '../../../infra/library/parts/host-part.ts';
import {
  composed,
  inputsOf,
  remoteCommands,
  type MadeResource,
} from '../../support/pulumi/pulumi-mocks.ts';
import { sshPrivateKey } from '../../support/pulumi/ssh-keys.ts';

const machine = {
  hostKey: 'ssh-ed25519 AAAA',
  privateKey: sshPrivateKey,
  user: 'deploy',
  port: 2222,
};

const hostMade = (args: Pick<HostPartArgs, 'address' | 'ipv6'>): Promise<MadeResource[]> =>
  composed(() => new HostPart('web', { ...machine, ...args }));

test.each([['fd00::1'], ['[fd00::1]']])(
  'a host with the address %s is prepared for IPv6, and reached by ssh',
  async (address) => {
    const made = await hostMade({ address });
    expect(inputsOf(made, 'docker').map(({ host }) => host)).toEqual([
      'ssh://deploy@[fd00::1]:2222',
    ]);
    const [ready] = remoteCommands(made);
    expect(JSON.stringify(ready?.['connection'])).toContain('"host":"fd00::1"');
    expect(ready?.['create']).toContain('ip6tables');
    expect(inputsOf(made, 'Network')).toMatchObject([{ ipv6: true }]);
  },
);

test('a host whose address comes from another resource has IPv6 only if the program says so', async () => {
  const address = pulumi.output('[fd00::1]');
  const [plain] = inputsOf(await hostMade({ address }), 'Network');
  expect(plain).not.toHaveProperty('ipv6');
  const [asked] = inputsOf(await hostMade({ address, ipv6: true }), 'Network');
  expect(asked).toMatchObject({ ipv6: true });
});
