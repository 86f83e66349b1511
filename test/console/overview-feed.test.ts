import { expect, test } from 'vitest';
import { OverviewFeed } from '../../runtime/console/overview-feed.ts';
import type { Overview } from '../../runtime/console/overview.ts';
import { until } from '../support/until.ts';

/** A feed of two parts: `count` grows with every read, `name` stays. */
function feedOf() {
  const state = { reads: 0 };
  const read = async () => {
    state.reads += 1;
    return { name: 'shop', count: state.reads } as unknown as Overview;
  };
  return { feed: new OverviewFeed({ read, everyMs: 5 }), state };
}

test('the feed yields all parts first, then only those that have changed', async () => {
  const { feed } = feedOf();
  const stop = new AbortController();
  const pages = feed.follow(stop.signal);
  const names = async () =>
    (await pages.next()).value?.map(([name]: readonly [string, string]) => name);
  expect(await names()).toEqual(['name', 'count']);
  expect(await names()).toEqual(['count']);
  stop.abort();
  expect((await pages.next()).done).toBe(true);
  await feed.stop();
});

test('the feed reads nothing before somebody follows, and each page gets all parts first', async () => {
  const { feed, state } = feedOf();
  expect(state.reads).toBe(0);
  const first = new AbortController();
  for await (const _parts of feed.follow(first.signal)) first.abort();
  expect(feed.followers).toBe(0);
  const second = new AbortController();
  for await (const parts of feed.follow(second.signal)) {
    expect(parts.map(([name]) => name)).toEqual(['name', 'count']);
    second.abort();
  }
  await feed.stop();
});

test('a slow page skips what it missed', async () => {
  const { feed, state } = feedOf();
  const stop = new AbortController();
  const pages = feed.follow(stop.signal);
  await pages.next();
  await until(() => state.reads > 5);
  const { value } = await pages.next();
  expect(Number(value?.[0]?.[1])).toBeGreaterThan(4);
  stop.abort();
  await feed.stop();
});

test('the feed ends all pages when it stops', async () => {
  const { feed } = feedOf();
  const { signal } = new AbortController();
  const pages = feed.follow(signal);
  await pages.next();
  const ended = (async () => {
    for await (const _parts of pages);
    return 'ended';
  })();
  await feed.stop();
  expect(await ended).toBe('ended');
});
