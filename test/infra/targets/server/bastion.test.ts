import { expect, test } from 'vitest';
import { makeProd } from '../../../../infra/stacks/prod.ts';
import {
  clearText,
  composed,
  inputsOf,
  remoteCommands,
} from '../../../support/pulumi/pulumi-mocks.ts';
import { sshPrivateKey } from '../../../support/pulumi/ssh-keys.ts';
import { configFor } from '../../../support/pulumi/stack-configs.ts';

const sshProxyJump = 'jump@[2a00:db8::9]:2222 ecdsa-sha2-nistp256 BBBB';

test.each(['server', 'aws', 'digitalocean'] as const)(
  'on target %s, commands and Docker reach every host through the pinned bastion',
  async (target) => {
    const made = await composed(() => makeProd(configFor(target, { sshProxyJump })));
    const commands = remoteCommands(made).map(({ connection }) => connection);
    expect(commands.length).toBeGreaterThan(2);
    for (const connection of commands) {
      const proxy = { host: '2a00:db8::9', port: 2222, user: 'jump' };
      // The connection is a secret as a whole.
      expect(connection).toMatchObject({
        value: { proxy: { ...proxy, hostKey: 'ecdsa-sha2-nistp256 BBBB' } },
      });
    }
    expect(clearText(commands)).not.toContain(sshPrivateKey.split('\n')[1]);
    const engines = inputsOf(made, 'docker').map(({ sshOpts }) => JSON.stringify(sshOpts));
    expect(engines).toHaveLength(2);
    for (const options of engines) {
      expect(options).toMatch(
        /ProxyCommand=ssh .*-jump.* -p 2222 -l jump 2a00:db8::9 -W \[%h\]:%p/,
      );
    }
  },
);

test('without a bastion, no command has one', async () => {
  const made = await composed(() => makeProd(configFor('server')));
  for (const { connection } of remoteCommands(made)) {
    expect(connection).not.toHaveProperty('value.proxy');
  }
  expect(JSON.stringify(inputsOf(made, 'docker'))).not.toContain('ProxyCommand');
});
