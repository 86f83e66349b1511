import * as pulumi from '@pulumi/pulumi';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { defaultsOf } from '../config/defaults.ts';
import { schema, secretKeys } from '../config/schema.ts';
import { parseConfig, type StackConfig, type Variables } from '../config/stack-config.ts';
import type { StackRole } from '../config/stack-role.ts';
import { encryptedKeys } from '../shell/encrypted-keys.ts';
import { textsOf, type StackArgs } from './stack-args.ts';

/** A stack as its program and its configuration describe it together. */
export interface ProgramStack {
  readonly config: StackConfig;
  /** Settings of the program, as Pulumi passes configuration. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface DescribedStack {
  /** Service where neither the program nor the configuration names one. Undefined: `app`. */
  readonly name: string | undefined;
  /** Roles that the program allows; the first one is taken where the configuration names none. */
  readonly roles: readonly StackRole[];
  readonly args: StackArgs;
}

const namespace = 'perch:';
/** Stands for a value of the program while everything else is checked. */
const placeholder = 'PERCH_VALUE_OF_THE_PROGRAM';

/**
 * Checks what a program and the stack's configuration say.
 * @throws RunError with every problem, in one message.
 */
export function programStack({ name, roles, args }: DescribedStack): ProgramStack {
  const defaults = defaultsOf(Object.keys(schema));
  const given = configured();
  const { environment = {}, secretEnvironment = {} } = args;
  const [role] = roles;
  const settings = textsOf(args);
  const raw = {
    ...defaults,
    ...(role !== undefined && { role }),
    ...(name !== undefined && { service: name }),
    ...settings,
    ...given,
    environment: withNames(given['environment'], environment),
    secretEnvironment: withNames(given['secretEnvironment'], secretEnvironment),
  };
  try {
    const config = parseConfig(prefixed(raw), encrypted(given), {
      ...process.env,
      [placeholder]: placeholder,
    });
    if (roles.length > 0 && !roles.includes(config.role)) {
      const rule = `perch:role must be ${roles.join(' or ')} in this program`;
      throw new PerchError('bad_input', `${rule}, got ${config.role}`);
    }
    const made = {
      ...config,
      environment: withValues(config.environment, environment),
      secretEnvironment: withValues(config.secretEnvironment, secretEnvironment),
    };
    return { config: made, settings: { role: config.role, ...withoutSecrets(settings) } };
  } catch (error) {
    if (error instanceof PerchError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

/** Settings without keys whose values are secret, which a program in JavaScript may give all the same. */
function withoutSecrets(settings: Readonly<Record<string, string>>): Record<string, string> {
  const secret: ReadonlySet<string> = new Set(secretKeys);
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !secret.has(key)));
}

/** Values that the stack's configuration sets, by key. */
function configured(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([full]) => full.startsWith(namespace))
      .map(([full, value]) => [full.slice(namespace.length), value]),
  );
}

function prefixed(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${namespace}${key}`, value]),
  );
}

/** Full keys whose values are encrypted. References to variables alone need not be. */
function encrypted(given: Readonly<Record<string, string>>): ReadonlySet<string> {
  const own = encryptedKeys();
  return given['secretEnvironment'] === undefined
    ? new Set([...own, `${namespace}secretEnvironment`])
    : own;
}

/** JSON of a map from the configuration with the names of the program's variables. */
function withNames(given: string | undefined, variables: Variables): string {
  const own = Object.fromEntries(
    Object.keys(variables).map((name) => [name, `env:${placeholder}`]),
  );
  if (given === undefined || given === '') return JSON.stringify(own);
  try {
    return JSON.stringify({ ...own, ...mapIn(given) });
  } catch {
    // The schema refuses it, with the rule.
    return given;
  }
}

function mapIn(text: string): object {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new TypeError('not a map');
}

/** True for what stood for a value of the program; a reference is resolved for secrets only. */
function isPlaceholder(value: unknown): boolean {
  return value === placeholder || value === `env:${placeholder}`;
}

/** Variables with the program's values in place of what stood for them. */
function withValues(checked: Variables, values: Variables): Variables {
  return Object.fromEntries(
    Object.entries(checked).map(([name, value]) => [
      name,
      isPlaceholder(value) ? (values[name] ?? value) : value,
    ]),
  );
}
