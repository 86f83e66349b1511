import { defaultsOf } from '../../../../../infra/config/defaults.ts';
import { schema } from '../../../../../infra/config/schema.ts';
import { parseConfig } from '../../../../../infra/config/stack-config.ts';
import { secretKeys } from '../../../../support/pulumi/config-problems.ts';
import { sshPrivateKey } from '../../../../support/pulumi/ssh-keys.ts';
import type { Application } from './application.ts';

/** Reads a stack's file as the program does, with the key that people set as a secret. */
export function configured(application: Application, stack: string, privateKey = sshPrivateKey) {
  const defaults = Object.entries(defaultsOf(Object.keys(schema)));
  const raw = {
    ...Object.fromEntries(defaults.map(([key, value]) => [`perch:${key}`, value])),
    ...application.config(stack),
    'perch:sshPrivateKey': privateKey,
  };
  return parseConfig(raw, secretKeys, {});
}
