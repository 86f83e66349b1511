import { expect } from 'vitest';
import { TrafficStore } from '../../../runtime/store/judge/traffic-store.ts';
import { get } from '../../support/http/load.ts';
import type { MemberServer } from '../../support/processes/member-server.ts';
import { until } from '../../support/until.ts';
import { test, untilAnswered } from './fixtures.ts';

/** Lets members have one file each: `/assets/ID.js`. */
function withOwnFile(...members: readonly MemberServer[]): void {
  for (const member of members) {
    member.respond = ({ url }, response) => {
      const isHere = url === `/assets/${member.id}.js`;
      response.writeHead(isHere ? 200 : 404).end(isHere ? member.id : '');
    };
  }
}

const trackOf = { track: 'canary', version: '2' } as const;

test('files of both versions are found while both are out, and the judge sees no rejection', async ({
  member,
  redis,
  release,
  startAgain,
}) => {
  const [stable, canary] = [await member('stable-1'), await member('canary-1')];
  withOwnFile(stable, canary);
  const members = [stable.entry(), canary.entry(trackOf)];
  const generation = await release('shop', [], { weight: 50, members });
  const proxy = await startAgain('--asset-path', '/assets/');
  await proxy.untilGeneration(generation);
  const statuses: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    for (const id of ['stable-1', 'canary-1']) {
      statuses.push((await get(`${proxy.origin}/assets/${id}.js`)).status);
    }
  }
  expect(new Set(statuses)).toEqual(new Set([200]));
  const traffic = new TrafficStore(redis, 'shop');
  const counted = async () => {
    const buckets = await traffic.read(Date.now() - 600_000, Date.now() + 60_000);
    const counts = buckets.flatMap(({ stable, canary }) => [stable, canary]);
    const sum = (key: 'requests' | 'rejections') =>
      counts.reduce((total, one) => total + one[key], 0);
    return { requests: sum('requests'), rejections: sum('rejections') };
  };
  await until(async () => (await counted()).requests === 40, {
    what: 'all requests to be counted',
  });
  expect(await counted()).toEqual({ requests: 40, rejections: 0 });
  expect((await get(`${proxy.origin}/assets/gone.js`)).status).toBe(404);
  expect((await get(`${proxy.origin}/other/stable-1.js`)).status).toBe(404);
});

test('the asset paths of a guest come with its route, and are its own', async ({
  ask,
  member,
  proxy: _started,
  release,
  routes,
}) => {
  const [stable, canary] = [await member('blog-1'), await member('blog-2')];
  withOwnFile(stable, canary);
  const members = [stable.entry(), canary.entry(trackOf)];
  await release('blog', [], { weight: 100, members });
  const route = { service: 'blog', hosts: ['blog.example'], tls: 'none' as const };
  await routes.set(route);
  await untilAnswered(ask, 'blog.example/assets/blog-2.js', '200 blog-2');
  expect(await ask('blog.example', '/assets/blog-1.js')).toBe('404');
  await routes.set({ ...route, assetPaths: ['/assets/'] });
  await untilAnswered(ask, 'blog.example/assets/blog-1.js', '200 blog-1');
  expect(await ask('blog.example', '/assets/gone.js')).toBe('404');
});
