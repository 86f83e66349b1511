import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProviderEvents, ProviderStatus } from '@openfeature/server-sdk';
import { expect, onTestFinished } from 'vitest';
import { until } from '../support/until.ts';
import { details, storeNewFeature, test } from './fixtures.ts';

test('the provider is STALE with its last known flags while Redis hangs, and READY again afterwards', async ({
  openClientOf,
  server,
}) => {
  await storeNewFeature(server);
  const { client: flags, events } = await openClientOf(server);

  server.pause();
  await until(() => flags.providerStatus === ProviderStatus.STALE);
  expect(await details(flags)).toMatchObject({ value: true, reason: 'STATIC' });

  server.resume();
  await until(() => flags.providerStatus === ProviderStatus.READY);
  expect(events.map(({ type }) => type)).toEqual([
    ProviderEvents.Ready,
    ProviderEvents.Stale,
    ProviderEvents.Ready,
  ]);
});

test('the provider keeps its flags when Redis restarts empty', async ({ openClientOf, server }) => {
  await storeNewFeature(server);
  const { client: flags, events } = await openClientOf(server);

  await server.restartEmpty();

  await until(() => flags.providerStatus === ProviderStatus.STALE);
  expect(await details(flags)).toMatchObject({ value: true });
  expect(events).not.toContainEqual(
    expect.objectContaining({ type: ProviderEvents.ConfigurationChanged }),
  );
});

test('the provider starts from disk without Redis', async ({ openClientOf, server }) => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-flags-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const lastGoodFile = join(folder, 'flags.json');
  await storeNewFeature(server);
  const first = await openClientOf(server, { lastGoodFile });
  await first.provider.onClose();
  await server.kill();

  const { client: flags, started } = await openClientOf(server, { lastGoodFile });

  expect(started).toBe('ready');
  expect(await details(flags)).toMatchObject({ value: true, variant: 'on' });
});

test('the provider starts without disk and Redis, gives defaults, and is READY with the first flags', async ({
  openClientOf,
  server,
}) => {
  await server.kill();
  const { client: flags, events, started } = await openClientOf(server);

  expect(started).toBe('no flags could be read from Redis or from disk');
  expect(flags.providerStatus).toBe(ProviderStatus.ERROR);
  expect(await details(flags, 'new_feature', true)).toMatchObject({
    value: true,
    reason: 'ERROR',
    errorCode: 'PROVIDER_NOT_READY',
  });

  await server.start();
  await storeNewFeature(server);

  await until(() => flags.getBooleanValue('new_feature', false));
  const changesOfStatus = events
    .map(({ type }) => type)
    .filter((type) => type !== ProviderEvents.ConfigurationChanged);
  expect(changesOfStatus).toEqual([ProviderEvents.Error, ProviderEvents.Ready]);
  expect(flags.providerStatus).toBe(ProviderStatus.READY);
});
