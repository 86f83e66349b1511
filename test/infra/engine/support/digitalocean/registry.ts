/** The container registry: one for each account on this tier. */
import { ApiError, unprocessable } from './account.ts';
import type { Routes } from './routes.ts';

export const registryRoutes: Routes = {
  'POST /v2/registry': ({ account, body }) => {
    const name = String(body['name']);
    if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
      throw unprocessable(`registry name ${name} is not valid`);
    }
    if (account.of('registry').all.length > 0) {
      throw new ApiError(409, 'conflict', 'registry already exists');
    }
    const registry = { name, region: 'fra1', created_at: new Date(0).toISOString() };
    return { registry: account.of('registry').put(name, registry) };
  },
  'GET /v2/registries/subscription': () => ({ subscription: { tier: { slug: 'basic' } } }),
  'GET /v2/registry/subscription': () => ({ subscription: { tier: { slug: 'basic' } } }),
  'GET /v2/registries/:name': ({ account, path }) => ({
    registry: account.of('registry').get(path['name'] ?? ''),
  }),
  'DELETE /v2/registries/:name': ({ account, path }) =>
    account.of('registry').delete(path['name'] ?? ''),
  'GET /v2/registries/:name/docker-credentials': ({ account, path }) => {
    account.of('registry').get(path['name'] ?? '');
    const auth = Buffer.from('perch:a-token').toString('base64');
    return { auths: { 'registry.digitalocean.com': { auth } } };
  },
};
