/** Load balancers, certificates and DNS records. */
import { randomUUID } from 'node:crypto';
import {
  listOf,
  notFound,
  unprocessable,
  validName,
  validRegion,
  type Account,
} from './account.ts';
import type { Json } from './account.ts';
import type { Routes } from './routes.ts';

export const loadBalancerRoutes: Routes = {
  'POST /v2/load_balancers': ({ account, body }) => {
    const id = randomUUID();
    const made = { id, ip: '198.51.100.250', status: 'active', ...balancer(account, body) };
    return { load_balancer: account.of('load balancer').put(id, made) };
  },
  'GET /v2/load_balancers/:id': ({ account, path }) => ({
    load_balancer: account.of('load balancer').get(path['id'] ?? ''),
  }),
  'PUT /v2/load_balancers/:id': ({ account, path, body }) => {
    const id = path['id'] ?? '';
    const made = { ...account.of('load balancer').get(id), ...balancer(account, body) };
    return { load_balancer: account.of('load balancer').put(id, made) };
  },
  'DELETE /v2/load_balancers/:id': ({ account, path }) =>
    account.of('load balancer').delete(path['id'] ?? ''),

  'POST /v2/certificates': ({ account, body }) => {
    const names = listOf(body['dns_names']).map(String);
    if (names.length === 0) throw unprocessable('dns_names must not be empty');
    for (const name of names) zoneOf(account, name);
    const id = randomUUID();
    const { type } = body;
    const made = { id, name: validName(body['name']), dns_names: names, type, state: 'verified' };
    return { certificate: account.of('certificate').put(id, made) };
  },
  'GET /v2/certificates': ({ account, query }) => {
    const name = query.get('name');
    const certificates = account
      .of('certificate')
      .all.filter((made) => name === null || made['name'] === name);
    return { certificates, links: {}, meta: { total: certificates.length } };
  },
  'GET /v2/certificates/:id': ({ account, path }) => ({
    certificate: account.of('certificate').get(path['id'] ?? ''),
  }),
  'DELETE /v2/certificates/:id': ({ account, path }) => {
    const id = path['id'] ?? '';
    const isUsed = account
      .of('load balancer')
      .all.some((made) => JSON.stringify(made['forwarding_rules']).includes(id));
    if (isUsed) throw unprocessable('certificate is in use');
    account.of('certificate').delete(id);
    return undefined;
  },

  'POST /v2/domains/:zone/records': ({ account, path, body }) => {
    if (!account.domains.includes(path['zone'] ?? '')) throw notFound('domain');
    const id = account.number();
    return { domain_record: account.of('domain record').put(id, { ...body, id }) };
  },
  'GET /v2/domains/:zone/records/:id': ({ account, path }) => ({
    domain_record: account.of('domain record').get(path['id'] ?? ''),
  }),
  'DELETE /v2/domains/:zone/records/:id': ({ account, path }) =>
    account.of('domain record').delete(path['id'] ?? ''),
};

function balancer(account: Account, body: Json): Json {
  const { forwarding_rules: rules, region, vpc_uuid: vpcId, ...rest } = body;
  account.of('vpc').get(String(vpcId));
  for (const droplet of listOf(body['droplet_ids'])) {
    if (account.of('droplet').get(String(droplet))['vpc_uuid'] !== vpcId) {
      throw unprocessable('droplets must be in the VPC of the load balancer');
    }
  }
  for (const rule of listOf(rules) as Json[]) {
    if (rule['entry_protocol'] !== 'https') continue;
    account.of('certificate').get(String(rule['certificate_id']));
  }
  return {
    ...rest,
    name: validName(body['name']),
    forwarding_rules: rules,
    vpc_uuid: vpcId,
    region: { slug: validRegion(account, region) },
  };
}

function zoneOf(account: Account, name: string): string {
  const zone = account.domains.find((domain) => name === domain || name.endsWith(`.${domain}`));
  if (zone === undefined) throw unprocessable(`${name} is not managed by DigitalOcean's DNS`);
  return zone;
}
