/**
 * An account at DigitalOcean behind its public API, version 2, on 127.0.0.1: as much of it as the
 * program uses, with the rules that DigitalOcean documents. What it does not know, it answers 501.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Account, ApiError, type AccountOptions, type Json } from './account.ts';
import type { ApiRequest, Routes } from './routes.ts';
import { databaseRoutes } from './databases.ts';
import { dropletRoutes } from './droplets.ts';
import { loadBalancerRoutes } from './load-balancers.ts';
import { networkRoutes } from './networks.ts';
import { projectRoutes } from './projects.ts';
import { registryRoutes } from './registry.ts';

const routes: Routes = {
  ...networkRoutes,
  ...dropletRoutes,
  ...projectRoutes,
  ...registryRoutes,
  ...loadBalancerRoutes,
  ...databaseRoutes,
};

const patterns = Object.entries(routes).map(([route, answer]) => {
  const [method = '', pathname = ''] = route.split(' ');
  return { method, pattern: new URLPattern({ pathname }), answer };
});

export class DigitalOceanApi implements AsyncDisposable {
  readonly account: Account;
  /** Calls that the API refused: `POST /v2/account/keys 422 MESSAGE`. */
  readonly refused: string[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  private constructor(account: Account) {
    this.account = account;
  }

  static async start(options: AccountOptions = {}): Promise<DigitalOceanApi> {
    const api = new DigitalOceanApi(new Account(options));
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const { pathname, searchParams: query } = new URL(request.url ?? '', this.url);
    try {
      const body = await bodyOf(request);
      const answer = await answered(method, pathname, { account: this.account, query, body });
      response.writeHead(answer === undefined ? 204 : 200, { 'content-type': 'application/json' });
      response.end(answer === undefined ? undefined : JSON.stringify(answer));
    } catch (error) {
      const { status, id } =
        error instanceof ApiError ? error : { status: 500, id: 'server_error' };
      const message = error instanceof Error ? error.message : String(error);
      // Providers look for what they deleted: that is no refusal.
      if (status !== 404) this.refused.push(`${method} ${pathname} ${status} ${message}`);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id, message }));
    }
  }
}

function answered(method: string, pathname: string, rest: Omit<ApiRequest, 'path'>) {
  for (const route of patterns) {
    const match = route.method === method && route.pattern.exec({ pathname });
    if (match) return route.answer({ ...rest, path: groupsOf(match.pathname.groups) });
  }
  throw new ApiError(501, 'not_implemented', 'the tests know no such call');
}

function groupsOf(groups: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value ?? '')]),
  );
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const chunks = (await request.toArray()) as Buffer[];
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : (JSON.parse(text) as Json);
}
