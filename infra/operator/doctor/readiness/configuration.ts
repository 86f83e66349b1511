import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PerchError } from '../../../../runtime/contract/perch-error.ts';
import { errorMessage } from '../../../../runtime/contract/error-message.ts';
import { defaultsOf } from '../../../config/defaults.ts';
import { schema } from '../../../config/schema.ts';
import { checkConfig } from '../../../config/stack-config.ts';
import { configuredStack } from '../../pulumi-cli.ts';
import type { Finding } from '../survey.ts';

/** Configuration of a stack, or the reason why Pulumi does not give it. It holds secrets. */
export type ReadConfiguration =
  | Awaited<ReturnType<typeof configuredStack>>
  | { readonly why: string };

/** Reads the configuration of a stack. */
export async function configurationOf(stack: string): Promise<ReadConfiguration> {
  try {
    return await configuredStack(stack);
  } catch (error) {
    if (error instanceof PerchError) return { why: errorMessage(error) };
    throw error;
  }
}

/** Secrets, and the files from which they usually come. */
const secretFiles: Readonly<Record<string, string>> = {
  sshPrivateKey: ' < FILE_OF_THE_KEY',
  privateKey: ' < FILE_OF_THE_KEY',
};

/** Problems of a stack's configuration, and a Dockerfile that is not there. */
export function incompleteConfiguration(
  folder: string,
  stack: string,
  config: ReadConfiguration,
): Finding[] {
  const subject = `Pulumi.${stack}.yaml`;
  if ('why' in config) {
    const remedy = 'export PULUMI_CONFIG_PASSPHRASE, the passphrase that the stack was made with';
    return [{ subject, problem: 'cannot be read', evidence: config.why, remedy }];
  }
  const { values, secretKeys } = config;
  const defaults = Object.entries(defaultsOf(Object.keys(schema)));
  const raw = {
    ...Object.fromEntries(defaults.map(([key, value]) => [`perch:${key}`, value])),
    ...values,
  };
  const { problems } = checkConfig(raw, secretKeys);
  const wrong = problems.map(([field, problem]) => ({
    subject: `perch:${field}`,
    problem: 'is not right',
    evidence: problem,
    remedy: remedyFor(field, stack),
  }));
  return [...wrong, ...missingDockerfile(folder, values)];
}

function remedyFor(field: string, stack: string): string {
  const source = secretFiles[field];
  if (source !== undefined || field === 'registryPassword') {
    return `pulumi config set --stack ${stack} --secret perch:${field}${source ?? ''}`;
  }
  return `change it in Pulumi.${stack}.yaml, unless infra/index.ts sets it`;
}

function missingDockerfile(folder: string, values: Readonly<Record<string, string>>): Finding[] {
  const context = values['perch:buildContext'] ?? '';
  if (context === '' || (values['perch:image'] ?? '') !== '') return [];
  if (existsSync(resolve(folder, context, 'Dockerfile'))) return [];
  return [
    {
      subject: 'perch:buildContext',
      problem: 'has no Dockerfile',
      evidence: `there is no ${join(context, 'Dockerfile')}`,
      remedy: 'write one; the application listens on perch:appPort and answers perch:healthPath',
    },
  ];
}
