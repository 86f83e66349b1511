import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair } from 'jose';
import { vi } from 'vitest';
import { Provider, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';

export const clientId = 'perch';
export const clientSecret = 'a secret of the tests that nobody guesses';

/**
 * An OpenID provider on a socket of its own, at which everybody can sign in by any address. It has
 * verified all of them but those that begin with `unverified`, and puts the address of `grace` into no
 * ID token.
 */
export class TestProvider implements AsyncDisposable {
  readonly issuer: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  }

  /** Takes a port; only a provider that {@link serve} was called for responds. */
  static async listen(port = 0): Promise<TestProvider> {
    const server = createServer().listen(port, 'localhost');
    await once(server, 'listening');
    return new TestProvider(server);
  }

  /**
   * Responds as the provider of a client.
   * @param issuer - issuer that it claims to be. Default: its own address.
   */
  async serve(redirectUri: string, issuer = this.issuer): Promise<void> {
    const provider = await providerFor(redirectUri, issuer);
    const respond = provider.callback();
    this.#server.removeAllListeners('request');
    this.#server.on('request', (request, response) => {
      if (request.url?.startsWith('/interaction/') === true) {
        void signInBy(provider, request, response);
      } else void respond(request, response);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const hourSeconds = 3_600;
/** Lifetimes that the provider would otherwise complain about. */
const ttl: Configuration['ttl'] = {
  AccessToken: hourSeconds,
  Grant: hourSeconds,
  IdToken: hourSeconds,
  Interaction: hourSeconds,
  Session: hourSeconds,
};

async function providerFor(redirectUri: string, issuer: string): Promise<Provider> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'test' };
  // It complains that it keeps everything in memory.
  using _ = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  return new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    jwks: { keys: [key] },
    cookies: { keys: ['a key of the tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    ttl,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: (use) =>
        use === 'id_token' && sub.startsWith('grace')
          ? { sub }
          : { sub, email: sub, email_verified: !sub.startsWith('unverified') },
    }),
    loadExistingGrant: everythingIsGranted,
  });
}

/** Grants what a client asks for, without a question. */
async function everythingIsGranted({ oidc }: KoaContextWithOIDC) {
  const { client, session } = oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const known = session.grantIdFor(client.clientId);
  if (known !== undefined) return await oidc.provider.Grant.find(known);
  const { clientId: id } = client;
  const grant = new oidc.provider.Grant({ clientId: id, accountId: session.accountId });
  grant.addOIDCScope('openid email profile');
  await grant.save();
  return grant;
}

/** Asks for an address, and signs in by it. */
async function signInBy(provider: Provider, request: IncomingMessage, response: ServerResponse) {
  if (request.method === 'POST') {
    const login = new URLSearchParams(await text(request)).get('login') ?? '';
    const result = { login: { accountId: login } };
    await provider.interactionFinished(request, response, result);
    return;
  }
  response.setHeader('content-type', 'text/html');
  response.end(`<!doctype html><html lang="en"><title>Provider</title>
    <link rel="icon" href="data:,"><form method="post">
    <label>Email <input name="login"></label><button>Continue</button></form></html>`);
}
