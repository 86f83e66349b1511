import { z } from 'zod';
import { env } from '../contract/env.ts';
import { defaultPorts } from '../contract/ports.ts';
import { inputError, parseInput } from '../core/input/input.ts';
import { listenAddress } from '../core/input/listen-address.ts';
import { namedLink, type NamedLink } from '../core/input/named-link.ts';
import { operatorSchema } from '../core/input/note-schemas.ts';
import { nameSchema } from '../core/input/name-schema.ts';
import { signInConfig, type SignInConfig } from './sign-in/sign-in-config.ts';

export interface ConsoleConfig {
  readonly service: string;
  /** Secret. */
  readonly redisUrl: string;
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Host names besides those of loopback by which browsers may reach the console. */
  readonly allowedHosts: readonly string[];
  /** Links in the header of the page. */
  readonly links: readonly NamedLink[];
  /** True if it only shows. */
  readonly isReadOnly: boolean;
  /** Name of the person who makes the changes. Default: user and machine. */
  readonly operator?: string;
  /** Default: nobody signs in, and everyone who reaches the console may use it. */
  readonly signIn?: SignInConfig;
}

export interface ConsoleArguments {
  readonly listen: string;
  readonly allowedHost: readonly string[];
  /** `NAME=URL`. Default: none. */
  readonly link?: readonly string[];
  /** Default false. */
  readonly readOnly?: boolean;
}

export const defaultListen = `127.0.0.1:${defaultPorts.console}`;

const hostRule = 'must be a host name or IP address without a port';

const schema = z.object({
  [env.service]: nameSchema(),
  [env.redisUrl]: z.string('must be set').min(1, 'must be set'),
  [env.operator]: operatorSchema,
  '--listen': listenAddress,
  '--link': z.array(namedLink),
  '--allowed-host': z.array(z.string().regex(/^(\[[\da-f:]+\]|[\da-z.-]+)$/i, hostRule)),
});
const publicSchema = schema.superRefine((given, context) => {
  if (isLoopback(given['--listen'].host) || given['--allowed-host'].length > 0) return;
  const message = `must be a loopback address unless --allowed-host is given or ${env.consoleOrigin} is set`;
  context.addIssue({ code: 'custom', path: ['--listen'], message });
});

/**
 * Reads the console's whole configuration.
 * @throws PerchError `bad_input` that names every missing or wrong value.
 */
export function consoleConfig(
  { listen, allowedHost, link = [], readOnly = false }: ConsoleArguments,
  environment: NodeJS.ProcessEnv,
): ConsoleConfig {
  const given = {
    ...environment,
    '--listen': listen,
    '--allowed-host': allowedHost,
    '--link': link,
  };
  const signsIn = environment[env.consoleOrigin] !== undefined;
  const read = parseInput(signsIn ? schema : publicSchema, given, { secret: [env.redisUrl] });
  const signIn = signInConfig(environment);
  if (!read.ok || !signIn.ok) {
    throw inputError([read, signIn].flatMap((one) => (one.ok ? [] : one.problems)));
  }
  const operator = read.value[env.operator];
  const publicHost = signIn.value === undefined ? [] : [new URL(signIn.value.origin).hostname];
  return {
    service: read.value[env.service],
    redisUrl: read.value[env.redisUrl],
    ...read.value['--listen'],
    allowedHosts: [...read.value['--allowed-host'], ...publicHost],
    links: read.value['--link'],
    isReadOnly: readOnly,
    ...(operator !== undefined && { operator }),
    ...(signIn.value !== undefined && { signIn: signIn.value }),
  };
}

function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}
