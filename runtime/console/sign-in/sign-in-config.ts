import { z } from 'zod';
import { env } from '../../contract/env.ts';
import { issuerOf, issuerRule } from '../../contract/oidc-issuer.ts';
import {
  namedTwice,
  peopleOf,
  personProblem,
  shortestClientSecret,
} from '../../contract/people.ts';
import { parseInput, type Parsed } from '../../core/input/input.ts';

/** Address and provider of a console at which people sign in. */
export interface SignInConfig {
  /** Public origin of the console: `https://console.example.com`. */
  readonly origin: string;
  /** Issuer of the OpenID provider, a URL. */
  readonly issuer: string;
  readonly clientId: string;
  /** Secret. */
  readonly clientSecret: string;
  /** Email addresses and `@DOMAIN` of people who may change things, in lower case. */
  readonly users: readonly string[];
  /** Those of people who may only look. */
  readonly viewers: readonly string[];
}

const missing = 'must be set, because other variables of sign-in are';
const required = () => z.string(missing).trim().min(1, missing);

const people = z.string().transform((text, context) => {
  const entries = peopleOf(text);
  const problem = entries.map(personProblem).find((rule) => rule !== undefined);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  return entries;
});

const schema = z.object({
  [env.consoleOrigin]: required().transform((text, context) => {
    const url = URL.parse(text);
    if (url !== null && isSafe(url) && `${url.origin}/` === url.href) return url.origin;
    context.addIssue({ code: 'custom', message: 'must be https://HOST, without a path' });
    return z.NEVER;
  }),
  [env.oidcIssuer]: required().refine((text) => {
    const url = issuerOf(text);
    return url !== null && isSafe(url);
  }, issuerRule),
  [env.oidcClientId]: required(),
  [env.oidcClientSecret]: required().min(
    shortestClientSecret,
    `must have at least ${shortestClientSecret} characters, because it also seals the sessions`,
  ),
  [env.oidcUsers]: required()
    .pipe(people)
    .refine(({ length }) => length > 0, 'must name somebody'),
  [env.oidcViewers]: people.optional(),
});

/** Names of the variables of sign-in. One that is set, even to nothing, asks for all but the last. */
const names = Object.keys(schema.shape);

/** Reads the variables of sign-in; undefined if none of them is set. */
export function signInConfig(environment: NodeJS.ProcessEnv): Parsed<SignInConfig | undefined> {
  if (!names.some((name) => environment[name] !== undefined)) return { ok: true, value: undefined };
  const parsed = parseInput(schema, environment, { secret: [env.oidcClientSecret] });
  if (!parsed.ok) return parsed;
  const users = parsed.value[env.oidcUsers];
  const { [env.oidcViewers]: viewers = [] } = parsed.value;
  const both = namedTwice(users, viewers);
  if (both.length > 0) {
    const rule = `must not name whom ${env.oidcUsers} names`;
    return { ok: false, problems: [{ field: env.oidcViewers, rule, value: both.join(', ') }] };
  }
  return {
    ok: true,
    value: {
      origin: parsed.value[env.consoleOrigin],
      issuer: parsed.value[env.oidcIssuer],
      clientId: parsed.value[env.oidcClientId],
      clientSecret: parsed.value[env.oidcClientSecret],
      users,
      viewers,
    },
  };
}

/** True for https, and for http on loopback, where tests run. */
function isSafe({ protocol, hostname }: URL): boolean {
  const isLoopback =
    hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  return protocol === 'https:' || (protocol === 'http:' && isLoopback);
}
