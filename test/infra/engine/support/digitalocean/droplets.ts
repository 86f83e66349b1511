/** Droplets, their actions, and reserved addresses. */
import {
  listOf,
  textOf,
  unprocessable,
  validName,
  validRegion,
  type Account,
  type Json,
} from './account.ts';
import type { DropletAddresses } from './hardware.ts';
import type { Routes } from './routes.ts';

const sizes: Record<
  string,
  { readonly memory: number; readonly vcpus: number; readonly disk: number }
> = {
  's-1vcpu-2gb': { memory: 2_048, vcpus: 1, disk: 50 },
  's-2vcpu-4gb': { memory: 4_096, vcpus: 2, disk: 80 },
};
const images = ['ubuntu-24-04-x64'];
/** Longest user data, bytes (API reference, Create a New Droplet). */
const longestUserData = 65_536;

/** An action that is over, which the plugin sees by its time. */
const over = (id: number) => ({
  action: { id, status: 'completed', type: 'done', completed_at: new Date(0).toISOString() },
});

const done = (account: Account) => over(account.number());

export const dropletRoutes: Routes = {
  'POST /v2/droplets': async ({ account, body }) => {
    const id = account.number();
    const droplet = created(account, id, body);
    const addresses = await account.hardware.create(id, textOf(body['user_data']));
    const made = { ...droplet, ...networksOf(addresses) };
    return { droplet: account.of('droplet').put(id, made), links: {} };
  },
  'GET /v2/droplets/:id': ({ account, path }) => ({
    droplet: account.of('droplet').get(path['id'] ?? ''),
  }),
  'DELETE /v2/droplets/:id': ({ account, path }) => {
    account.of('droplet').delete(path['id'] ?? '');
    account.hardware.delete(Number(path['id']));
    return undefined;
  },
  'GET /v2/droplets/:id/actions': () => ({ actions: [], links: {}, meta: { total: 0 } }),
  'POST /v2/droplets/:id/actions': async ({ account, path, body }) => {
    const droplet = account.of('droplet').get(path['id'] ?? '');
    const next = { ...droplet, ...changed(droplet, body) };
    if (next['status'] !== droplet['status']) {
      const id = Number(path['id']);
      const { hardware } = account;
      await (next['status'] === 'off' ? hardware.powerOff(id) : hardware.powerOn(id));
    }
    account.of('droplet').put(path['id'] ?? '', next);
    return done(account);
  },
  'GET /v2/actions/:id': ({ path }) => over(Number(path['id'])),

  'POST /v2/reserved_ips': ({ account, body }) => {
    const ip = `198.51.100.${account.of('reserved ip').all.length + 1}`;
    const region = { slug: validRegion(account, body['region']) };
    const made = { ip, region, droplet: null, locked: false };
    return { reserved_ip: account.of('reserved ip').put(ip, made), links: {} };
  },
  'GET /v2/reserved_ips/:id': ({ account, path }) => ({
    reserved_ip: account.of('reserved ip').get(path['id'] ?? ''),
  }),
  'DELETE /v2/reserved_ips/:id': ({ account, path }) =>
    account.of('reserved ip').delete(path['id'] ?? ''),
  'POST /v2/reserved_ips/:id/actions': ({ account, path, body }) => {
    const address = account.of('reserved ip').get(path['id'] ?? '');
    const droplet =
      body['type'] === 'assign' ? account.of('droplet').get(Number(body['droplet_id'])) : null;
    account.of('reserved ip').put(path['id'] ?? '', { ...address, droplet });
    return done(account);
  },
  'GET /v2/reserved_ips/:id/actions/:action': ({ path }) => over(Number(path['action'])),
};

function created(account: Account, id: number, body: Json): Json {
  const region = validRegion(account, body['region']);
  const vpcId = String(body['vpc_uuid']);
  if (account.of('vpc').get(vpcId)['region'] !== region) {
    throw unprocessable('the VPC is in another region');
  }
  if (!images.includes(String(body['image'])))
    throw unprocessable('You specified an invalid image');
  const keys = listOf(body['ssh_keys']).map(String);
  if (keys.length === 0 || !keys.every((key) => account.of('key').has(key))) {
    throw unprocessable(`${keys.join(', ')} are invalid key identifiers for Droplet creation.`);
  }
  if (Buffer.byteLength(textOf(body['user_data'])) > longestUserData) {
    throw unprocessable('user_data is too long');
  }
  for (const tag of listOf(body['tags'])) account.of('tag').get(String(tag));
  return {
    id,
    name: validName(body['name']),
    ...sized(body['size']),
    region: { slug: region },
    image: { id: 1, slug: body['image'] },
    status: 'active',
    locked: false,
    features: listOf(['monitoring', 'private_networking']),
    tags: listOf(body['tags']),
    volume_ids: [],
    vpc_uuid: vpcId,
  };
}

function networksOf({ publicAddress, privateAddress }: DropletAddresses): Json {
  return {
    networks: {
      v4: [
        { ip_address: publicAddress, netmask: '255.255.255.0', type: 'public' },
        { ip_address: privateAddress, netmask: '255.255.240.0', type: 'private' },
      ],
      v6: [],
    },
  };
}

function sized(slug: unknown): Json {
  const size = sizes[String(slug)];
  if (size === undefined)
    throw unprocessable('You specified an invalid size for Droplet creation.');
  return { ...size, size: { slug, ...size }, size_slug: slug };
}

function changed(droplet: Json, body: Json): Json {
  switch (body['type']) {
    case 'power_off':
    case 'shutdown':
      return { status: 'off' };
    case 'power_on':
      return { status: 'active' };
    case 'resize':
      if (droplet['status'] !== 'off') throw unprocessable('Droplet must be powered off');
      return sized(body['size']);
    default:
      throw unprocessable(`action ${String(body['type'])} is not valid`);
  }
}
