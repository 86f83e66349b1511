import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { overSsh } from '../../../infra/shell/over-ssh.ts';
import type { SshAddress } from '../../../infra/shell/ssh-login.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { startSshd, whyNoSshd, type TestSshd } from '../engine/support/sshd.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoSshd();
const showConnection = 'echo "$SSH_CONNECTION"';

describe('A script over a real ssh', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let host: TestSshd;
  let bastion: TestSshd;

  beforeAll(async () => {
    host = started.use(await startSshd({ kinds: ['ed25519', 'ecdsa', 'rsa'] }));
    bastion = started.use(await startSshd({ like: host }));
  });
  afterAll(() => started.disposeAsync());

  const addressOf = ({ address, port, user, hostKey, privateKey }: TestSshd): SshAddress => ({
    host: address,
    port,
    user,
    hostKey,
    privateKey,
  });
  const jumpOver = ({ address, port, user, hostKey }: TestSshd) => ({
    host: address,
    port,
    user,
    hostKey,
  });

  test.each(['ed25519', 'ecdsa'] as const)(
    'the pinned host key may be of kind %s, on a host that offers every kind',
    async (kind) => {
      const hostKey = host.hostKeys[kind] ?? '';
      expect(await overSsh({ ...addressOf(host), hostKey }, 'echo ran')).toBe('ran\n');
    },
  );

  test('another host key than the pinned one is refused', async () => {
    const address = { ...addressOf(host), hostKey: host.otherHostKey };
    await expect(overSsh(address, 'echo ran')).rejects.toThrow('Host key verification failed.');
  });

  test('a host is reached through the bastion, and only through it', async () => {
    const proxyJump = jumpOver(bastion);
    expect(await overSsh({ ...addressOf(host), proxyJump }, 'echo ran')).toBe('ran\n');
    const without = { ...addressOf(host), proxyJump: { ...proxyJump, port: await freePort() } };
    await expect(overSsh(without, 'echo ran')).rejects.toMatchObject({ code: 'process_failed' });
  });

  test('a bastion that shows another host key is refused, and so is a host behind it', async () => {
    const wrongJump = { ...jumpOver(bastion), hostKey: bastion.otherHostKey };
    await expect(
      overSsh({ ...addressOf(host), proxyJump: wrongJump }, 'echo ran'),
    ).rejects.toMatchObject({ code: 'process_failed' });
    const wrongHost = { ...addressOf(host), hostKey: bastion.hostKey };
    await expect(
      overSsh({ ...wrongHost, proxyJump: jumpOver(bastion) }, 'echo ran'),
    ).rejects.toThrow('Host key verification failed.');
  });

  test('a host and a bastion are reached by IPv6', async () => {
    await using host6 = await startSshd({ address: '::1', like: host });
    await using bastion6 = await startSshd({ address: '::1', like: host });
    expect(await overSsh(addressOf(host6), showConnection)).toMatch(/^::1 \d+ ::1 \d+\n$/);
    const through = { ...addressOf(host6), proxyJump: jumpOver(bastion6) };
    expect(await overSsh(through, showConnection)).toMatch(/^::1 \d+ ::1 \d+\n$/);
  });
});
