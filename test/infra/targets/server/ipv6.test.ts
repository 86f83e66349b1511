import { beforeAll, expect, test } from 'vitest';
import { makeProd, type ProdParts } from '../../../../infra/stacks/prod.ts';
import {
  composed,
  inputsOf,
  redisUrls,
  type MadeResource,
  remoteCommands,
} from '../../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../../support/pulumi/stack-configs.ts';

const server = (number: number) => ({
  name: `web-${number}`,
  address: `2a00:db8::${number}`,
  privateAddress: `[fd00::${number}]`,
  user: 'deploy',
  hostKey: 'ssh-ed25519 AAAA',
  port: 2222,
});

let made: MadeResource[];
let prod: ProdParts;

beforeAll(async () => {
  const servers = [server(1), server(2)];
  made = await composed(() => {
    prod = makeProd(configFor('server', { servers, httpPort: 8080 }));
  });
});

test('Docker and commands reach a server by its IPv6 address', () => {
  const providers = inputsOf(made, 'docker').map(({ host }) => host);
  expect(providers).toEqual(['ssh://deploy@[2a00:db8::1]:2222', 'ssh://deploy@[2a00:db8::2]:2222']);
  const hosts = remoteCommands(made).map(({ connection }) => JSON.stringify(connection));
  expect(hosts.length).toBeGreaterThan(2);
  for (const connection of hosts) expect(connection).toMatch(/"host":"2a00:db8::[12]"/);
});

test('containers publish their ports on the private IPv6 address', () => {
  const addresses = inputsOf(made, 'Container').flatMap(({ ports }) =>
    ((ports ?? []) as { ip?: string }[]).map(({ ip }) => ip),
  );
  expect(new Set(addresses)).toEqual(new Set(['fd00::1', 'fd00::2']));
});

test('URLs with an IPv6 address have it in brackets', async () => {
  const far = redisUrls(made).filter((url) => !url.includes('@redis:'));
  expect(far.length).toBeGreaterThan(1);
  for (const url of far) expect(url).toMatch(/@\[fd00::1\]:\d+$/);
  const scripts = remoteCommands(made).map(({ create }) => String(create));
  const reserving = scripts.filter((script) => script.includes('member reserve'));
  expect(reserving.map((script) => /'?--address=([^' ]+)'?/.exec(script)?.[1]).toSorted()).toEqual([
    '[fd00::1]',
    '[fd00::2]',
  ]);
  const url = await new Promise((resolve) => prod.url.apply(resolve));
  expect(url).toBe('http://[2a00:db8::1]:8080');
});

test("members listen on their containers' IPv6 addresses, where Docker sends what comes by IPv6", async () => {
  const binds = (resources: readonly MadeResource[]) => [
    ...new Set(JSON.stringify(inputsOf(resources, 'Container')).match(/PERCH_BIND=[0-9.:]+/g)),
  ];
  expect(binds(made)).toEqual(['PERCH_BIND=::']);
  expect(binds(await composed(() => makeProd(configFor('server'))))).toEqual([
    'PERCH_BIND=0.0.0.0',
  ]);
});

test('proxies listen on every address of their host, of IPv4 and IPv6', () => {
  const listening = inputsOf(made, 'Container').flatMap(({ command }) =>
    ((command ?? []) as string[]).filter((word) => word.startsWith('--listen=')),
  );
  expect(listening).toEqual(['--listen=[::]:8080', '--listen=[::]:8080']);
});

test('containers of a server with a private IPv6 address have IPv6 in a subnet of their own', async () => {
  const networks = inputsOf(made, 'Network');
  expect(networks).toHaveLength(2);
  const subnets = networks.map(({ ipv6, ipamConfigs }) => {
    expect(ipv6).toBe(true);
    return JSON.stringify(ipamConfigs);
  });
  expect(new Set(subnets).size).toBe(2);
  for (const subnet of subnets) {
    expect(subnet).toMatch(/^\[\{"subnet":"fd[0-9a-f]{2}(:[0-9a-f]{4}){2}::\/64"\}\]$/);
  }
  const ipv4 = inputsOf(await composed(() => makeProd(configFor('server'))), 'Network');
  for (const network of ipv4) expect(network).not.toHaveProperty('ipv6');
});
