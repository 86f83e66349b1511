import type { Redis } from 'ioredis';
import type { Browser, Page } from 'playwright-core';
import { test as base } from 'vitest';
import { openPage, startBrowser } from './browser.ts';
import { keepFailure } from './pictures.ts';
import { clientOf } from './redis/redis-client.ts';
import { startRedis, type TestRedis } from './redis/redis-server.ts';

/**
 * Tests that talk to Redis. A file shares one server (`sharedServer`), which starts with the first
 * test that asks for it; `redis` is a client of it that finds it empty. Who stops, pauses or
 * restarts a server asks for `server`, which is the test's own.
 */
export const test = base
  .extend('sharedServer', { scope: 'file' }, async ({}, { onCleanup }): Promise<TestRedis> => {
    const server = await startRedis();
    onCleanup(() => server[Symbol.asyncDispose]());
    return server;
  })
  .extend('redis', async ({ sharedServer }, { onCleanup }): Promise<Redis> => {
    const redis = await clientOf(sharedServer);
    await redis.flushall();
    onCleanup(() => redis.disconnect());
    return redis;
  })
  .extend('server', async ({}, { onCleanup }): Promise<TestRedis> => {
    const server = await startRedis();
    onCleanup(() => server[Symbol.asyncDispose]());
    return server;
  })
  .extend('browser', { scope: 'file' }, async ({}, { onCleanup }): Promise<Browser> => {
    const browser = await startBrowser();
    onCleanup(() => browser.close());
    return browser;
  })
  .extend('page', async ({ browser, task }, { onCleanup }): Promise<Page> => {
    const page = await openPage(browser);
    onCleanup(async () => {
      if (task.result?.state === 'fail') await keepFailure(page, task.name);
      await page.close();
    });
    return page;
  });
