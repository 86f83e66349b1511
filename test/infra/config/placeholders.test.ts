import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { hostKey } from '../../../infra/hosts/host-key.ts';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';
import { sshPrivateKey } from '../../support/pulumi/ssh-keys.ts';

const root = join(import.meta.dirname, '../../..');

/** Keys of a shipped stack file, without their namespace. */
function shipped(file: string): Record<string, unknown> {
  const { config } = parse(readFileSync(join(root, file), 'utf8')) as {
    config: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(config).map(([full, value]) => [full.replace('perch:', ''), value]),
  );
}

const cloud = ['sshCidrs.0', 'sshPublicKey'];
const alerts = ['alertFrom', 'alertTo.0'];
const server = (index: number) =>
  ['address', 'privateAddress', 'hostKey'].map((field) => `servers.${index}.${field}`);

test.each([
  ['Pulumi.prod.yaml', [...cloud, ...alerts]],
  ['Pulumi.canary.yaml', [...cloud, ...alerts]],
  ['docs/examples/Pulumi.prod.digitalocean.yaml', cloud],
  ['docs/examples/Pulumi.canary.digitalocean.yaml', cloud],
  ['docs/examples/Pulumi.prod.servers.yaml', [...server(0), ...server(1)]],
  ['docs/examples/Pulumi.canary.servers.yaml', [...server(0)]],
  ['Pulumi.local.yaml', []],
])('each placeholder of %s is refused, and nothing else in it', (file, fields) => {
  const secret = file.includes('local') ? {} : { sshPrivateKey };
  const problems = configProblems({ ...shipped(file), ...secret });
  expect(problems.filter((line) => !/ must be replaced by [a-z]/.test(line))).toEqual([]);
  expect(problems.map((line) => line.split(' ')[0]).toSorted()).toEqual(
    fields.map((field) => `perch:${field}`).toSorted(),
  );
});

test('a placeholder is refused with the words that say what to put in its place', () => {
  const values = { ...valid.aws, sshCidrs: ['<your network, address/bits>'] };
  expect(configProblems(values)).toEqual([
    'perch:sshCidrs.0 must be replaced by your network, address/bits',
  ]);
});

const address = 'an address for documentation (RFC 5737, RFC 3849)';
const domain = 'a domain for examples (RFC 2606)';
const digest = `sha256:${'a'.repeat(64)}`;
const [one] = valid.server.servers;

test.each([
  [{ sshCidrs: ['203.0.113.0/24'] }, `sshCidrs.0 must be your own, not ${address}`],
  [{ sshCidrs: ['10.9.0.0/16', '192.0.2.7/32'] }, `sshCidrs.1 must be your own, not ${address}`],
  [{ sshCidrs: ['2001:db8:7::/48'] }, `sshCidrs.0 must be your own, not ${address}`],
  [{ servers: [{ ...one, address: '198.51.100.11' }] }, `servers.0.address must be your own`],
  [{ servers: [{ ...one, address: 'web.example.net' }] }, `servers.0.address must be your own`],
  [
    { alertFrom: 'alerts@example.com', alertTo: ['a@b.org'] },
    `alertFrom must be your own, not ${domain}`,
  ],
  [{ alertTo: ['team@shop.invalid'] }, `alertTo.0 must be your own, not ${domain}`],
  [{ domain: 'shop.example.org' }, `domain must be your own, not ${domain}`],
  [{ registry: 'registry.example.com:5000/shop' }, `registry must be your own, not ${domain}`],
  [
    { sshProxyJump: 'deploy@bastion.example.com:22 ssh-ed25519 AAAA' },
    `sshProxyJump must be your own, not ${domain}`,
  ],
  [
    { sshProxyJump: 'deploy@[2001:db8::9]:22 ssh-ed25519 AAAA' },
    `sshProxyJump must be your own, not ${address}`,
  ],
  [
    { sshProxyJump: 'deploy@192.0.2.7 ssh-ed25519 AAAA' },
    `sshProxyJump must be your own, not ${address}`,
  ],
  [{ sshProxyJump: '<the bastion>' }, 'sshProxyJump must be replaced by the bastion'],
  [{ image: `registry.example.com/shop@${digest}` }, `image must be your own, not ${domain}`],
  [
    { runtimeImage: `perch.example.org/a@${digest}` },
    `runtimeImage must be your own, not ${domain}`,
  ],
  [{ canaryImage: `192.0.2.7:5000/a@${digest}` }, `canaryImage must be your own, not ${address}`],
  [{ baseImage: 'mirror.example.com/node:24-slim' }, `baseImage must be your own, not ${domain}`],
  [{ redisImage: 'mirror.example.net:5000/redis:7' }, `redisImage must be your own, not ${domain}`],
  [{ consoleHost: 'console.example.com' }, `consoleHost must be your own, not ${domain}`],
  [
    { consoleSignIn: { issuer: 'https://id.example.com/', clientId: 'a', users: ['a@shop.test'] } },
    `consoleSignIn.users.0 must be your own, not ${domain}, got a@shop.test`,
  ],
  [{ link: 'https://console.example.com/' }, `link must be your own, not ${domain}`],
  [{ link: 'http://[2001:db8::9]:8080/' }, `link must be your own, not ${address}`],
  [
    {
      thresholds: { hostDiskPercent: { threshold: 85, runbook: 'https://wiki.example.com/disk' } },
    },
    `thresholds.hostDiskPercent.runbook must be your own, not ${domain}`,
  ],
  [
    {
      sshPublicKey:
        'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJOKqS1sLpSC0ZoqkxYLH5OIaEnIFEm8vD5xdLhJxQ4F me',
    },
    'sshPublicKey must be your own, not the key of an example',
  ],
])('a value that only documentation has is refused: %j', (values, expected) => {
  const problems = configProblems({ ...valid.aws, ...values });
  expect(problems).toContainEqual(expect.stringContaining(`perch:${expected}`));
});

test.each(['alerts@example.company.dev', 'alerts@my-example.com', 'alerts@test.dev'])(
  'an address that only resembles an example is accepted: %s',
  (alertFrom) => {
    expect(configProblems({ ...valid.aws, alertFrom, alertTo: ['a@b.dev'] })).toEqual([]);
  },
);

test('a webhook of documentation is refused without showing it, because it is a secret', () => {
  const webhookUrl = 'https://hooks.example.com/a-token';
  expect(configProblems({ ...valid.aws, webhookUrl })).toEqual([
    `perch:webhookUrl must be your own, not ${domain}`,
  ]);
});

test('a login of documentation is refused without showing it, because it is a secret', () => {
  const pullLogins = [{ server: 'registry.example.com', username: 'ci', password: 'a-token' }];
  expect(configProblems({ ...valid.aws, pullLogins })).toEqual([
    `perch:pullLogins.0.server must be your own, not ${domain}`,
  ]);
});

test('halves of two different keys are refused without showing either', () => {
  const other = hostKey(Buffer.alloc(32, 8)).publicKey;
  const problems = configProblems({ ...valid.aws, sshPublicKey: other });
  expect(problems).toEqual([
    'perch:sshPublicKey must be the public half of sshPrivateKey: ssh-keygen -y -f FILE prints it (values are not shown)',
  ]);
});
