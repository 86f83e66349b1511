import { expect, test } from 'vitest';
import { makeProd } from '../../../../infra/stacks/prod.ts';
import { composed, inputsOf, redisUrls } from '../../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../../support/pulumi/stack-configs.ts';

const made = await composed(() => makeProd(configFor('digitalocean', { redis: 'managed' })));

test('managed Valkey is in the private network, accepts only tagged droplets and evicts nothing', () => {
  expect(inputsOf(made, 'DatabaseCluster')).toMatchObject([
    {
      engine: 'valkey',
      nodeCount: 1,
      privateNetworkUuid: 'shop-prod-id',
      evictionPolicy: 'noeviction',
    },
  ]);
  expect(inputsOf(made, 'DatabaseFirewall')).toMatchObject([
    { clusterId: 'shop-prod-id', rules: [{ type: 'tag', value: 'perch-shop' }] },
  ]);
});

test('managed Valkey replaces the container, and every process reaches its private address', () => {
  expect(made.filter(({ name }) => name === 'redis')).toEqual([]);
  const urls = redisUrls(made);
  expect(urls.length).toBeGreaterThan(3);
  for (const url of urls) expect(url).toMatch(/=rediss:\/\/default:secret\w+@private-/);
});
