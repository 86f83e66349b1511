import { parseConfig, type StackConfig } from '../../../infra/config/stack-config.ts';
import { rawConfig } from './stack-config.ts';

export const sshPrivateKey =
  '-----BEGIN OPENSSH PRIVATE KEY-----\nprivatekeyofthetest\n-----END OPENSSH PRIVATE KEY-----\n';

const cloud = {
  sshCidrs: ['203.0.113.0/24'],
  sshPublicKey: 'ssh-ed25519 AAAA deploy',
  sshPrivateKey,
};

const server = (number: number) => ({
  name: `web-${number}`,
  address: `198.51.100.${number}`,
  privateAddress: `10.0.0.${number}`,
  user: 'deploy',
  hostKey: 'ssh-ed25519 AAAA',
});

/** The required keys of each target. */
const targets = {
  aws: {
    ...cloud,
    region: 'eu-central-1',
    alertFrom: 'alerts@example.com',
    alertTo: ['a@example.com'],
  },
  digitalocean: { ...cloud, region: 'fra1' },
  server: { sshPrivateKey, servers: [server(1), server(2)], registry: 'registry.example.com/shop' },
  docker: {},
};

const secrets = new Set(
  ['sshPrivateKey', 'registryPassword', 'pullLogins', 'webhookUrl', 'secretEnvironment'].map(
    (key) => `perch:${key}`,
  ),
);

/** A valid configuration for `target`, with `values` on top. */
export function configFor(
  target: keyof typeof targets,
  values: Record<string, unknown> = {},
): StackConfig {
  const role = target === 'docker' ? 'local' : 'prod';
  const all = { role, target, service: 'shop', ...targets[target], ...values };
  return parseConfig(rawConfig(all), secrets);
}
