import { expect, test } from 'vitest';
import { isOfStack, parseContainers } from '../../../infra/operator/containers.ts';

const listed = (...columns: string[]) => parseContainers('web-1', columns.join('\t'));

test('a member is named by its id, a worker by its name and host, and another part by its host', () => {
  const names = [
    listed('a', 'shop', 'app', 'stable', 'stable-0', 'Up', ''),
    listed('b', 'shop', 'worker', 'stable', '', 'Up', 'mail'),
    listed('c', 'shop', 'proxy', '', '', 'Up', ''),
  ].flatMap((found) => found.map(({ name }) => name));
  expect(names).toEqual(['stable-0', 'mail@web-1', 'proxy@web-1']);
});

test('a guest has members, workers, hooks and flags servers of its own, and the proxies and monitors of its host stack', () => {
  const guest = { service: 'blog', edgeService: 'shop' };
  const isOwn = (service: string, part: string) =>
    listed('a', service, part).every((container) => isOfStack(guest, container));
  for (const part of ['app', 'worker', 'hook', 'flags']) {
    expect([part, isOwn('blog', part), isOwn('shop', part)]).toEqual([part, true, false]);
  }
  for (const part of ['proxy', 'monitor', 'redis']) {
    expect([part, isOwn('blog', part), isOwn('shop', part)]).toEqual([part, false, true]);
  }
});
