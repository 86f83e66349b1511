/** Managed databases. */
import { randomUUID } from 'node:crypto';
import { unprocessable, validRegion, type Json } from './account.ts';
import type { ApiRequest, Routes } from './routes.ts';

const longestName = 63;

/** Changes a database and returns nothing, as the API does. */
function change(request: ApiRequest, changes: Json): undefined {
  const databases = request.account.of('database');
  const id = request.path['id'] ?? '';
  databases.put(id, { ...databases.get(id), ...changes });
}

export const databaseRoutes: Routes = {
  'POST /v2/databases': ({ account, body }) => {
    const name = String(body['name']);
    if (name.length > longestName || !/^[a-z][a-z0-9-]*[a-z0-9]$/.test(name)) {
      throw unprocessable(`database name ${name} is not valid`);
    }
    if (body['engine'] !== 'valkey') throw unprocessable('engine is not valid');
    account.of('vpc').get(String(body['private_network_uuid']));
    const id = randomUUID();
    const host = `private-${name}.db.ondigitalocean.com`;
    const uri = account.databaseUrl ?? `rediss://default:a-password@${host}:25061`;
    const connection = {
      protocol: 'rediss',
      uri,
      host,
      port: 25_061,
      user: 'default',
      password: 'a-password',
      ssl: true,
    };
    const made = {
      ...body,
      id,
      region: validRegion(account, body['region']),
      status: 'online',
      created_at: new Date(0).toISOString(),
      connection,
      private_connection: connection,
      eviction_policy: 'noeviction',
      rules: [],
    };
    return { database: account.of('database').put(id, made) };
  },
  'GET /v2/databases/:id': ({ account, path }) => ({
    database: account.of('database').get(path['id'] ?? ''),
  }),
  'DELETE /v2/databases/:id': ({ account, path }) =>
    account.of('database').delete(path['id'] ?? ''),
  'GET /v2/databases/:id/eviction_policy': ({ account, path }) => ({
    eviction_policy: account.of('database').get(path['id'] ?? '')['eviction_policy'],
  }),
  'PUT /v2/databases/:id/eviction_policy': (request) =>
    change(request, { eviction_policy: request.body['eviction_policy'] }),
  'GET /v2/databases/:id/firewall': ({ account, path }) => ({
    rules: account.of('database').get(path['id'] ?? '')['rules'],
  }),
  'PUT /v2/databases/:id/firewall': (request) => change(request, { rules: request.body['rules'] }),
};
