import type { Hono } from 'hono';
import { signIn } from '../../../runtime/console/sign-in/sign-in.ts';
import type { SignInConfig } from '../../../runtime/console/sign-in/sign-in-config.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';
import { ConsoleServer } from '../console-server.ts';
import { test as base } from '../fixtures.ts';
import { CookieJar } from './cookie-jar.ts';
import { clientId, clientSecret, TestProvider } from './test-provider.ts';

const hourMs = 60 * 60_000;

/** Clock of the consoles, which a test may set forward until it ends. */
export const clock = {
  aheadMs: 0,
  now: () => Date.now() + clock.aheadMs,
  ahead(hours: number) {
    clock.aheadMs = hours * hourMs;
    return {
      add: (more: number) => {
        clock.aheadMs += more * hourMs;
      },
      [Symbol.dispose]: () => {
        clock.aheadMs = 0;
      },
    };
  },
};

/** Makes the routes of sign-in for consoles of a provider. Ada may change things, Vic may look. */
export function signInAt(
  issuer: string,
  overrides: Partial<SignInConfig> = {},
): (origin: string) => Hono {
  const people = { users: ['ada@example.com', '@perch.example'], viewers: ['vic@perch.example'] };
  const common = { issuer, clientId, clientSecret, ...people };
  return (origin) =>
    signIn({ config: { ...common, origin, ...overrides }, logger, now: clock.now });
}

/**
 * - `provider`: an OpenID provider.
 * - `guarded`: a console at which people sign in there.
 * - `jar`: a browser's cookies.
 */
export const test = base
  .extend('provider', { scope: 'file' }, async ({}, { onCleanup }) => {
    const provider = await TestProvider.listen();
    onCleanup(() => provider[Symbol.asyncDispose]());
    return provider;
  })
  .extend('guarded', { scope: 'file' }, async ({ provider, sharedServer }, { onCleanup }) => {
    const guarded = await ConsoleServer.start(sharedServer, {
      signIn: signInAt(provider.issuer),
    });
    onCleanup(() => guarded[Symbol.asyncDispose]());
    await provider.serve(`${guarded.origin}/sign-in/callback`);
    return guarded;
  })
  .extend('jar', () => new CookieJar());
