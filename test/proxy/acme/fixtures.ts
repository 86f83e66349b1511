import { AuthorityFront } from '../../support/acme/authority-front.ts';
import { EdgeStage } from '../../support/acme/edge-stage.ts';
import { Pebble } from '../../support/acme/pebble.ts';
import { test as base } from '../../support/fixtures.ts';

/** Host name that the proxies of a stage order a certificate for. */
export const host = 'shop.test';

/**
 * Tests with an authority of their own. The proxies of `stage` ask it directly, those of
 * `frontStage` through `front`.
 */
export const test = base
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from it
  .extend('pebble', async ({}, { onCleanup }): Promise<Pebble> => {
    const pebble = await Pebble.start();
    onCleanup(() => pebble[Symbol.asyncDispose]());
    return pebble;
  })
  .extend('front', async ({ pebble }, { onCleanup }): Promise<AuthorityFront> => {
    const front = await AuthorityFront.start(pebble);
    onCleanup(() => front[Symbol.asyncDispose]());
    return front;
  })
  .extend('stage', async ({ pebble, redis: _empty, sharedServer }, { onCleanup }) => {
    const stage = await EdgeStage.start({ redisUrl: sharedServer.url, pebble, hosts: [host] });
    onCleanup(() => stage[Symbol.asyncDispose]());
    return stage;
  })
  .extend('frontStage', async ({ front, pebble, redis: _empty, sharedServer }, { onCleanup }) => {
    const { directoryUrl } = front;
    const redisUrl = sharedServer.url;
    const stage = await EdgeStage.start({ redisUrl, pebble, hosts: [host], directoryUrl });
    onCleanup(() => stage[Symbol.asyncDispose]());
    return stage;
  });
