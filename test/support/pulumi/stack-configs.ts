import { parseConfig, type StackConfig } from '../../../infra/config/stack-config.ts';
import { sshPrivateKey, sshPublicKey } from './ssh-keys.ts';
import { rawConfig } from './stack-config.ts';

const cloud = {
  sshCidrs: ['198.18.0.0/24'],
  sshPublicKey,
  sshPrivateKey,
};

const server = (number: number) => ({
  name: `web-${number}`,
  address: `198.18.1.${number}`,
  privateAddress: `10.0.0.${number}`,
  user: 'deploy',
  hostKey: 'ssh-ed25519 AAAA',
});

/** The required keys of each target. */
const targets = {
  aws: {
    ...cloud,
    region: 'eu-central-1',
    alertFrom: 'alerts@perch.internal',
    alertTo: ['a@perch.internal'],
  },
  digitalocean: { ...cloud, region: 'fra1' },
  server: {
    sshPrivateKey,
    servers: [server(1), server(2)],
    registry: 'registry.perch.internal/shop',
  },
  docker: {},
};

const secrets = new Set(
  [
    'sshPrivateKey',
    'privateKey',
    'registryPassword',
    'pullLogins',
    'webhookUrl',
    'consoleClientSecret',
    'secretEnvironment',
  ].map((key) => `perch:${key}`),
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
