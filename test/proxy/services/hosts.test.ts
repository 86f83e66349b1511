import { expect } from 'vitest';
import { RawClient } from '../../support/http/raw-client.ts';
import { until } from '../../support/until.ts';
import { test, untilAnswered } from './fixtures.ts';

/** Target of the request, its further fields, and who answers it or with which status. */
const requests: readonly (readonly [target: string, fields: string, answer: string])[] = [
  ['/', 'Host: blog.example', 'blog'],
  ['/', 'Host: BLOG.Example', 'blog'],
  ['/', 'Host: blog.example:8080', 'blog'],
  ['/', 'Host: blog.example:', 'blog'],
  ['/', 'Host: blog.example.', 'blog'],
  ['/', 'Host: Blog.Example.:443', 'blog'],
  ['/', 'Host: a.blog.example', 'blog'],
  ['/', 'Host: A.BLOG.example.:1', 'blog'],
  ['/', 'Host: a.b.blog.example', '421'],
  ['/', 'Host: notblog.example', '421'],
  ['/', 'Host: example', '421'],
  ['/', 'Host: 127.0.0.1:80', '421'],
  ['/', 'Host: [::1]', '421'],
  ['/', 'Host: [::1]:80', '421'],
  ['/', 'Host: ', '400'],
  // RFC 9112 section 3.2.2: the host of the target counts, whatever Host says.
  ['http://blog.example/', 'Host: shop.example', 'blog'],
  ['http://BLOG.example.:81/api', 'Host: shop.example', 'api'],
  ['http://shop.example/api', 'Host: blog.example', 'shop'],
  ['http://nobody.example/', 'Host: blog.example', '421'],
  ['http://[::1]:80/', 'Host: blog.example', '421'],
  // Nobody is believed about the host but the request itself.
  ['/', 'Host: shop.example\r\nX-Forwarded-Host: blog.example', 'shop'],
  ['/', 'Host: shop.example\r\nForwarded: host=blog.example', 'shop'],
  ['/', 'Host: blog.example\r\nHost: shop.example', '400'],
  ['/', 'Host: blog.example, shop.example', '400'],
  ['/', 'Host: shop.example@blog.example', '400'],
  ['/', 'X: y', '400'],
  ['/api', 'Host: blog.example', 'api'],
  ['/api?x', 'Host: blog.example', 'api'],
  ['/api/deep', 'Host: blog.example', 'deep'],
  ['/api/deep/er', 'Host: blog.example', 'deep'],
  ['/api/deeper', 'Host: blog.example', 'api'],
  ['/apis', 'Host: blog.example', 'blog'],
  ['/%61pi', 'Host: blog.example', 'api'],
  ['/api/../x', 'Host: blog.example', 'blog'],
  ['/x/%2e%2e/api/deep', 'Host: blog.example', 'deep'],
  ['/api', 'Host: a.blog.example', 'blog'],
  ['/api/deep', 'Host: only.example', 'deep'],
  ['/api', 'Host: only.example', '404'],
  // Load balancers check the health of the proxy, not of a service that somebody registered.
  ['/healthz', 'Host: 10.0.0.1', '200'],
  ['/healthz', 'Host: only.example', '404'],
];

test('the host and the longest prefix decide, in every spelling', async ({
  ask,
  member,
  proxy,
  release,
  routes,
}) => {
  for (const service of ['blog', 'api', 'deep']) await release(service, [await member(service)]);
  const tls = 'none' as const;
  await routes.set({ service: 'blog', hosts: ['blog.example', '*.blog.example'], tls });
  await routes.set({ service: 'api', hosts: ['blog.example'], pathPrefix: '/api', tls });
  const deep = ['blog.example', 'only.example'];
  await routes.set({ service: 'deep', hosts: deep, pathPrefix: '/api/deep', tls });
  await routes.set({ service: 'shop', hosts: ['shop.example'], tls });
  await untilAnswered(ask, 'shop.example', '200 shop-1');
  await until(async () => (await ask('nobody.example')).startsWith('421'));
  const answers = await Promise.all(
    requests.map(async ([target, fields]) => {
      using client = await RawClient.connect(Number(new URL(proxy.origin).port));
      await client.send(`GET ${target} HTTP/1.1\r\n${fields}\r\n\r\n`);
      const { status, body } = await client.response();
      const answer = body.toString().replace('shop-1', 'shop');
      return [target, fields, status === 200 && answer !== '' ? answer : String(status)];
    }),
  );
  expect(answers).toEqual(requests);
});

test('a request of HTTP/1.0 without a host is for nobody', async ({ ask, proxy, routes }) => {
  await routes.set({ service: 'shop', hosts: ['shop.example'], tls: 'none' });
  await until(async () => (await ask('nobody.example')).startsWith('421'));
  using client = await RawClient.connect(Number(new URL(proxy.origin).port));
  await client.send('GET / HTTP/1.0\r\n\r\n');
  expect((await client.response()).status).toBe(421);
});
