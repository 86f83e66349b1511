import { expect, test } from 'vitest';
import { makeProd } from '../../../../infra/stacks/prod.ts';
import { clearText, composed, inputsOf, redisUrls } from '../../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../../support/pulumi/stack-configs.ts';

const made = await composed(() => makeProd(configFor('aws', { redis: 'managed' })));

test('managed Redis on AWS has two encrypted nodes in two zones, a password and no eviction', () => {
  const [cluster] = inputsOf(made, 'ReplicationGroup');
  expect(cluster).toMatchObject({
    engine: 'valkey',
    numCacheClusters: 2,
    automaticFailoverEnabled: true,
    multiAzEnabled: true,
    atRestEncryptionEnabled: true,
    transitEncryptionEnabled: true,
    parameterGroupName: 'shop-prod-id',
  });
  expect(clearText(cluster?.['authToken'])).toBe('"[secret]"');
  expect(inputsOf(made, 'ParameterGroup')).toMatchObject([
    { parameters: [{ name: 'maxmemory-policy', value: 'noeviction' }] },
  ]);
  expect(inputsOf(made, 'SubnetGroup')).toMatchObject([
    { subnetIds: ['shop-prod-0-id', 'shop-prod-1-id'] },
  ]);
});

test('managed Redis on AWS replaces the container, and every process reaches it with TLS', () => {
  expect(made.filter(({ name }) => name === 'redis')).toEqual([]);
  const urls = redisUrls(made);
  expect(urls.length).toBeGreaterThan(3);
  for (const url of urls)
    expect(url).toMatch(/=rediss:\/\/:secret\w+@primary\.cache\.amazonaws\.com:6379$/);
});
