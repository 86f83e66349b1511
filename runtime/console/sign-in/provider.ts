import * as client from 'openid-client';
import { z } from 'zod';
import { longestEmail } from '../../contract/people.ts';
import { oneLine } from '../../core/input/note-schemas.ts';
import { failureOf, type ProviderFailure } from './provider-failure.ts';
import type { SignInConfig } from './sign-in-config.ts';

/** Values that a console keeps between the way to the provider and the way back. */
export interface SignInFlow {
  readonly state: string;
  readonly nonce: string;
  /** Code verifier of PKCE (RFC 7636). Secret. */
  readonly verifier: string;
}

export type Departure =
  | { readonly kind: 'departs'; readonly url: URL; readonly flow: SignInFlow }
  | ProviderFailure;

export type Arrival =
  | {
      readonly kind: 'identified';
      /** In lower case; undefined if the provider names none. */
      readonly email: string | undefined;
      /** True if the provider says that the address is the person's. */
      readonly isVerified: boolean;
    }
  | ProviderFailure;

const timeoutSeconds = 5;

const identitySchema = z.object({
  email: z
    .string()
    .max(longestEmail)
    .regex(...oneLine)
    .toLowerCase()
    .optional()
    .catch(undefined),
  email_verified: z.unknown(),
});

/**
 * OpenID provider at which people sign in: authorization code flow with PKCE, state, nonce, and the
 * checks of `iss` (RFC 9207) and of the ID token by its signature. It is discovered when the first
 * person signs in, and anew after it could not be reached, so that a console starts without it.
 */
export class Provider {
  readonly #config: SignInConfig;
  readonly #redirectUri: string;
  #discovered: Promise<client.Configuration> | undefined;

  constructor(config: SignInConfig, redirectUri: string) {
    this.#config = config;
    this.#redirectUri = redirectUri;
  }

  /**
   * Begins a sign-in.
   * @param choosesAccount - true if the person wants another account than the one at hand.
   */
  async depart({ choosesAccount }: { readonly choosesAccount: boolean }): Promise<Departure> {
    try {
      const configuration = await this.#discover();
      const verifier = client.randomPKCECodeVerifier();
      const flow = { state: client.randomState(), nonce: client.randomNonce(), verifier };
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: this.#redirectUri,
        scope: 'openid email profile',
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(choosesAccount && { prompt: promptOf(this.#config.issuer) }),
      });
      return { kind: 'departs', url, flow };
    } catch (error) {
      return this.#failed(error);
    }
  }

  /**
   * Ends a sign-in.
   * @param query - query with which the provider sent the person back.
   */
  async arrive(query: string, { state, nonce, verifier }: SignInFlow): Promise<Arrival> {
    try {
      const configuration = await this.#discover();
      const url = new URL(`${this.#redirectUri}${query}`);
      const tokens = await client.authorizationCodeGrant(configuration, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error('the provider sent no ID token');
      const isComplete = claims['email'] !== undefined;
      const given = isComplete
        ? claims
        : await client.fetchUserInfo(configuration, tokens.access_token, claims.sub);
      const { email, email_verified: verified } = identitySchema.parse(given);
      return { kind: 'identified', email, isVerified: verified === true };
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #discover(): Promise<client.Configuration> {
    this.#discovered ??= this.#discovery();
    try {
      return await this.#discovered;
    } catch (error) {
      this.#discovered = undefined;
      throw error;
    }
  }

  #discovery(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#config;
    return client.discovery(new URL(issuer), clientId, undefined, authenticationBy(clientSecret), {
      timeout: timeoutSeconds,
      execute: [
        client.enableNonRepudiationChecks,
        ...(issuer.startsWith('http:') ? [client.allowInsecureRequests] : []),
      ],
    });
  }

  #failed(error: unknown): ProviderFailure {
    const failure = failureOf(error, this.#config.issuer);
    // Its endpoints may have moved.
    if (failure.kind === 'unreachable') this.#discovered = undefined;
    return failure;
  }
}

/** Prompt at which a person may use another account. Google knows no `login`, others no `select_account`. */
function promptOf(issuer: string): string {
  return new URL(issuer).host === 'accounts.google.com' ? 'select_account' : 'login';
}

/** Authentication of the client by the method that the provider supports; the default is Basic. */
function authenticationBy(secret: string): client.ClientAuth {
  return (server, ...others) => {
    const { token_endpoint_auth_methods_supported: methods } = server;
    const isBasic = methods === undefined || methods.includes('client_secret_basic');
    const authenticate = isBasic ? client.ClientSecretBasic : client.ClientSecretPost;
    authenticate(secret)(server, ...others);
  };
}
