import { expect, onTestFinished } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { ServiceList } from '../../runtime/console/services/service-list.ts';
import { connectOrDefer } from '../../runtime/process/connect-or-defer.ts';
import { ServiceRegistry } from '../../runtime/store/edge/service-registry.ts';
import { silentLogger as logger } from '../support/silent-logger.ts';
import { post } from './console-server.ts';
import { test } from './fixtures.ts';
import { stageIncident, stageServices } from './several-services.ts';

test('the services are listed, those that need a person first', async ({ staged }) => {
  await stageServices(staged, ['blog', 'mail', 'api']);
  await stageIncident(staged, 'mail', 'the disk of host-1 is full');
  await staged.redis.set(redisKeys('api').release, 'not a document');
  const { services } = await staged.overview();
  expect(services?.map(({ service, tone }) => `${service} ${tone}`)).toEqual([
    'mail warning',
    'api unknown',
    'shop busy',
    'blog good',
  ]);
  expect(services?.[0]).toMatchObject({ addresses: ['mail.example'], weight: null, incidents: 1 });
  expect(services?.[2]).toMatchObject({ weight: 25, incidents: 0 });
});

test('requests are about the service that they name', async ({ staged }) => {
  await stageServices(staged, ['blog']);
  const incident = await stageIncident(staged, 'blog', 'the disk is full');
  const about = async (path: string) => (await fetch(`${staged.origin}${path}`)).json();
  expect(await about('/api/overview?service=blog')).toMatchObject({ service: 'blog' });
  expect(await about('/api/overview')).toMatchObject({ service: 'shop' });
  const preview = { action: 'acknowledge', incident };
  const previewed = await post(staged, '/api/incidents/preview?service=blog', preview);
  const { seen } = (await previewed.json()) as { seen: unknown };
  const change = { ...preview, seen, reason: 'on it', by: 'eve' };
  expect((await post(staged, '/api/incidents', change)).status).toBe(409);
  expect((await post(staged, '/api/incidents?service=blog', change)).status).toBe(200);
  const lastEvent = async (service: string) =>
    JSON.stringify(await staged.redis.xrevrange(redisKeys(service).events, '+', '-', 'COUNT', 1));
  expect(await lastEvent('blog')).toContain('on it');
  expect(await lastEvent('shop')).not.toContain('on it');
});

test('a service that does not exist is refused with the nearest name', async ({ staged }) => {
  await stageServices(staged, ['blog']);
  for (const path of ['/api/overview', '/api/stream', '/api/traffic?range=15m']) {
    const url = new URL(path, staged.origin);
    url.searchParams.set('service', 'blgo');
    const response = await fetch(url);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      detail: 'there is no service blgo; did you mean blog?',
    });
  }
  // Nothing of Redis is read for a name that is no key of a service.
  expect((await fetch(`${staged.origin}/api/overview?service=*`)).status).toBe(404);
});

test('a console with the Redis user of one service knows that one only', async ({
  server,
  staged,
}) => {
  await stageServices(staged, ['blog']);
  const password = 'p'.repeat(32);
  await new ServiceRegistry(staged.redis).set('blog', password);
  const url = server.url.replace(/\/\/.*@|\/\//, `//blog:${password}@`);
  const redis = await connectOrDefer({ url, name: 'test', logger });
  onTestFinished(() => redis.disconnect());
  const list = new ServiceList({ redis, own: 'blog', now: Date.now });
  expect(await list.names()).toEqual(['blog']);
  expect(await list.read()).toMatchObject([{ service: 'blog', tone: 'good' }]);
});
