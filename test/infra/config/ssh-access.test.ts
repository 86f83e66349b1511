import { describe, expect, test } from 'vitest';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

const [server] = valid.server.servers;
const withServer = (values: Record<string, unknown>) => ({
  ...valid.server,
  servers: [{ ...server, ...values }],
});
const readServer = (values: Record<string, unknown>) =>
  configFor('server', { servers: [{ ...server, ...values }] }).servers[0];

describe('The address of a server', () => {
  test.each([
    ['198.18.0.1', '198.18.0.1'],
    ['web-1.perch.internal', 'web-1.perch.internal'],
    ['2a00:db8::1', '2a00:db8::1'],
    ['[2a00:db8::1]', '2a00:db8::1'],
    ['2A00:DB8:0:0::01', '2a00:db8::1'],
  ])('%s is read as %s', (address, expected) => {
    expect(readServer({ address, privateAddress: address })).toMatchObject({
      address: expected,
      privateAddress: expected,
    });
  });

  test.each(['2a00:db8::1::2', '[10.0.0.1]', 'fe80::1%eth0', '10.0.0.1:22', '[::1]:22', '-x'])(
    '%s is refused',
    (address) => {
      expect(configProblems(withServer({ address }))).toEqual([
        `perch:servers.0.address must be an IP address or a host name, got "${address}"`,
      ]);
    },
  );

  test('one private address in two notations is one address', () => {
    const servers = [
      { ...server, privateAddress: 'fd00::1' },
      { ...server, name: 'two', address: '198.18.0.2', privateAddress: '[FD00:0::1]' },
    ];
    expect(configProblems({ ...valid.server, servers })).toEqual([
      'perch:servers must not contain two machines with privateAddress fd00::1',
    ]);
  });
});

test('a server has the architecture amd64 unless it names another one', () => {
  expect(readServer({})?.architecture).toBe('amd64');
  expect(readServer({ architecture: 'arm64' })?.architecture).toBe('arm64');
  expect(configProblems(withServer({ architecture: 'aarch64' }))).toEqual([
    'perch:servers.0.architecture must be one of amd64, arm64, got "aarch64"',
  ]);
});

describe('The host key of a server', () => {
  test.each(['ssh-ed25519 AAAA', 'ecdsa-sha2-nistp256 AAAA', 'ecdsa-sha2-nistp521 AAAA'])(
    '%s is accepted',
    (hostKey) => {
      expect(readServer({ hostKey })?.hostKey).toBe(hostKey);
    },
  );

  test.each(['ssh-rsa AAAA', '198.18.0.1 ssh-ed25519 AAAA'])('%s is refused', (hostKey) => {
    expect(configProblems(withServer({ hostKey }))[0]).toContain(
      'perch:servers.0.hostKey must be an Ed25519 or ECDSA host key',
    );
  });
});

describe('The bastion', () => {
  test.each([
    ['deploy@bastion.perch.internal', 'bastion.perch.internal', 22],
    ['deploy@198.18.0.9:2222', '198.18.0.9', 2222],
    ['deploy@[2a00:db8::9]', '2a00:db8::9', 22],
    ['deploy@[2a00:db8::9]:2222', '2a00:db8::9', 2222],
  ])('%s is read as address %s and port %i', (login, host, port) => {
    const { sshProxyJump } = configFor('server', { sshProxyJump: `${login} ssh-ed25519 AAAA` });
    expect(sshProxyJump).toEqual({ user: 'deploy', host, port, hostKey: 'ssh-ed25519 AAAA' });
  });

  test.each([
    'deploy@bastion.perch.internal',
    'bastion.perch.internal ssh-ed25519 AAAA',
    'deploy@bastion.perch.internal:0 ssh-ed25519 AAAA',
    'deploy@bastion.perch.internal ssh-rsa AAAA',
    'deploy@2a00:db8::9 ssh-ed25519 AAAA',
  ])('%s is refused', (sshProxyJump) => {
    const [problem] = configProblems({ ...valid.server, sshProxyJump });
    expect(problem).toContain('perch:sshProxyJump must be USER@HOST[:PORT] and the host key');
    expect(problem).toContain(`got "${sshProxyJump}"`);
  });

  test('target docker, which uses no ssh, has none', () => {
    const sshProxyJump = 'deploy@bastion.perch.internal ssh-ed25519 AAAA';
    expect(configProblems({ ...valid.docker, sshProxyJump })).toEqual([
      'perch:sshProxyJump must not be set on target docker, which uses no ssh',
    ]);
  });
});
