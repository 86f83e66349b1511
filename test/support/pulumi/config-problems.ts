import { parseConfig } from '../../../infra/config/stack-config.ts';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { sshPrivateKey, sshPublicKey } from './ssh-keys.ts';
import { rawConfig } from './stack-config.ts';

/** Keys that the stack's file encrypts. */
export const secretKeys = new Set([
  'perch:sshPrivateKey',
  'perch:privateKey',
  'perch:webhookUrl',
  'perch:webhookSecret',
  'perch:secretEnvironment',
  'perch:registryPassword',
  'perch:pullLogins',
  'perch:consoleClientSecret',
]);

/** A valid configuration of each target. */
export const valid = {
  docker: { role: 'local', target: 'docker' },
  aws: {
    role: 'prod',
    target: 'aws',
    region: 'eu-central-1',
    sshCidrs: ['198.18.0.7/32'],
    sshPublicKey,
    sshPrivateKey,
  },
  server: {
    role: 'prod',
    target: 'server',
    registry: 'registry.perch.internal/team',
    sshPrivateKey,
    servers: [
      {
        name: 'one',
        address: '198.18.0.1',
        privateAddress: '10.0.0.1',
        user: 'deploy',
        hostKey: 'ssh-ed25519 AAAA',
      },
    ],
  },
};

/** The problems of a configuration, a line each. */
export function configProblems(values: Record<string, unknown>, encrypted = secretKeys): string[] {
  try {
    parseConfig(rawConfig(values), encrypted);
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}
