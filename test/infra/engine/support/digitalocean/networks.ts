/** Keys, private networks, tags and firewalls. */
import { createHash, randomUUID } from 'node:crypto';
import {
  listOf,
  textOf,
  unprocessable,
  validName,
  validRegion,
  type Account,
  type Json,
} from './account.ts';
import type { Routes } from './routes.ts';

const taggable = ['droplets', 'images', 'volumes', 'volume_snapshots', 'databases'];
const tagged = { count: 0, ...Object.fromEntries(taggable.map((kind) => [kind, { count: 0 }])) };

export const networkRoutes: Routes = {
  'POST /v2/account/keys': ({ account, body }) => {
    const publicKey = String(body['public_key']);
    const [type, blob = ''] = publicKey.split(' ');
    if (!/^(ssh|ecdsa)-/.test(type ?? '') || !isKey(blob)) {
      throw unprocessable('Key invalid, key should be of valid format');
    }
    const keys = account.of('key');
    if (keys.all.some((key) => String(key['public_key']).split(' ')[1] === blob)) {
      throw unprocessable('SSH Key is already in use on your account');
    }
    const id = account.number();
    return {
      ssh_key: keys.put(id, { id, name: body['name'], public_key: publicKey, ...print(blob) }),
    };
  },
  'GET /v2/account/keys/:id': ({ account, path }) => ({
    ssh_key: account.of('key').get(path['id'] ?? ''),
  }),
  'DELETE /v2/account/keys/:id': ({ account, path }) => account.of('key').delete(path['id'] ?? ''),

  'POST /v2/vpcs': ({ account, body }) => {
    const vpcs = account.of('vpc');
    const name = validName(body['name']);
    if (vpcs.all.some((vpc) => vpc['name'] === name)) throw unprocessable('name must be unique');
    const range = body['ip_range'] === undefined ? freeRange(account) : textOf(body['ip_range']);
    const taken = vpcs.all.find((vpc) => overlap(String(vpc['ip_range']), range));
    if (taken !== undefined) {
      throw unprocessable(
        `This range/size overlaps with another VPC network in your account: ${String(taken['name'])}`,
      );
    }
    const id = randomUUID();
    const region = validRegion(account, body['region']);
    return { vpc: vpcs.put(id, { id, urn: `do:vpc:${id}`, name, region, ip_range: range }) };
  },
  'GET /v2/vpcs/:id': ({ account, path }) => ({ vpc: account.of('vpc').get(path['id'] ?? '') }),
  'DELETE /v2/vpcs/:id': ({ account, path }) => {
    const id = path['id'] ?? '';
    const members = [
      ...account.of('droplet').all.map((droplet) => droplet['vpc_uuid']),
      ...account.of('load balancer').all.map((balancer) => balancer['vpc_uuid']),
      ...account.of('database').all.map((database) => database['private_network_uuid']),
    ];
    if (members.includes(id)) throw unprocessable('Can not delete VPC with members');
    account.of('vpc').delete(id);
    return undefined;
  },

  'POST /v2/tags': ({ account, body }) => {
    const name = String(body['name']);
    if (!/^[\w:-]{1,255}$/.test(name)) throw unprocessable(`tag ${name} is not valid`);
    return { tag: account.of('tag').put(name, { name, resources: tagged }) };
  },
  'GET /v2/tags/:id': ({ account, path }) => ({ tag: account.of('tag').get(path['id'] ?? '') }),
  'DELETE /v2/tags/:id': ({ account, path }) => account.of('tag').delete(path['id'] ?? ''),

  'POST /v2/firewalls': ({ account, body }) => {
    const id = randomUUID();
    return { firewall: account.of('firewall').put(id, firewall(account, id, body)) };
  },
  'GET /v2/firewalls/:id': ({ account, path }) => ({
    firewall: account.of('firewall').get(path['id'] ?? ''),
  }),
  'PUT /v2/firewalls/:id': ({ account, path, body }) => {
    const id = path['id'] ?? '';
    account.of('firewall').get(id);
    return { firewall: account.of('firewall').put(id, firewall(account, id, body)) };
  },
  'DELETE /v2/firewalls/:id': ({ account, path }) =>
    account.of('firewall').delete(path['id'] ?? ''),
};

/** A key's own field names its type (RFC 4253, section 6.6). */
function isKey(blob: string): boolean {
  const bytes = Buffer.from(blob, 'base64');
  return (
    bytes.length > 40 &&
    bytes
      .subarray(4, 4 + bytes.readUInt32BE(0))
      .toString()
      .includes('-')
  );
}

function print(blob: string) {
  const hex = createHash('md5').update(Buffer.from(blob, 'base64')).digest('hex');
  return { fingerprint: hex.match(/../g)?.join(':') };
}

function firewall(account: Account, id: string, body: Json): Json {
  const tags = listOf(body['tags']);
  const dropletIds = listOf(body['droplet_ids']);
  const rules = [...listOf(body['inbound_rules']), ...listOf(body['outbound_rules'])] as Json[];
  if (rules.length === 0) throw unprocessable('must specify at least one rule');
  for (const tag of tags) account.of('tag').get(String(tag));
  for (const droplet of dropletIds) account.of('droplet').get(String(droplet));
  for (const rule of rules) validateRule(account, rule);
  return {
    id,
    name: validName(body['name']),
    status: 'succeeded',
    inbound_rules: listOf(body['inbound_rules']),
    outbound_rules: listOf(body['outbound_rules']),
    droplet_ids: dropletIds,
    tags,
    pending_changes: [],
  };
}

function validateRule(account: Account, rule: Json): void {
  const protocol = String(rule['protocol']);
  if (!['tcp', 'udp', 'icmp'].includes(protocol)) throw unprocessable(`protocol ${protocol}`);
  if (protocol !== 'icmp' && !/^(all|0|\d+(-\d+)?)$/.test(String(rule['ports']))) {
    throw unprocessable(`ports ${String(rule['ports'])} must be a port, a range, or all`);
  }
  const ends = (rule['sources'] ?? rule['destinations']) as Json | undefined;
  if (ends === undefined) throw unprocessable('a rule needs sources or destinations');
  for (const tag of listOf(ends['tags'])) account.of('tag').get(String(tag));
  for (const id of listOf(ends['load_balancer_uids'])) {
    account.of('load balancer').get(String(id));
  }
}

function freeRange(account: Account): string {
  const used = account.of('vpc').all.map((vpc) => String(vpc['ip_range']));
  for (let network = 112; network < 256; network += 1) {
    const range = `10.${network}.0.0/20`;
    if (!used.some((other) => overlap(other, range))) return range;
  }
  throw unprocessable('no range is free');
}

function overlap(one: string, other: string): boolean {
  const bits = Math.min(...[one, other].map((range) => Number(range.split('/')[1])));
  const network = (range: string) => {
    const bytes = (range.split('/')[0] ?? '').split('.').map(Number);
    return Math.floor(bytes.reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** (32 - bits));
  };
  return network(one) === network(other);
}
