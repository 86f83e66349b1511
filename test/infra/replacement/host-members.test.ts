import { expect, test } from 'vitest';
import {
  expectedMembers,
  guestOutage,
  isDrained,
  membersProblem,
  type HostedService,
} from '../../../infra/replacement/host-members.ts';

/** A service whose members are given as `HOST STATE`; `drained`: to change the host. */
function service(name: string, ...members: readonly string[]): HostedService {
  const kind = name === 'shop' ? 'own' : name.endsWith('-console') ? 'console' : 'guest';
  const listed = members.map((text, index) => {
    const [host = '', state = ''] = text.split(' ');
    const drainsWithHost = state === 'drained';
    const id = `${name}-${index}`;
    return {
      id,
      track: 'stable',
      host,
      state: drainsWithHost ? 'draining' : state,
      drainsWithHost,
    };
  });
  return { service: name, kind, status: { release: { members: listed }, silentHosts: [] } };
}

test('a host must have again what it drained, of every service, and nothing that a release drains', () => {
  const services = [
    service('shop', 'web-1 active', 'web-1 draining', 'web-2 active'),
    service('blog', 'web-1 drained', 'web-2 active'),
    service('shop-console', 'web-1 active'),
  ];
  expect(isDrained(services, 'web-1')).toBe(true);
  expect(isDrained(services, 'web-2')).toBe(false);
  const expected = expectedMembers(services, 'web-1');
  expect([...expected.values()].flat()).toEqual(['shop-0', 'blog-0', 'shop-console-0']);
  expect(membersProblem(services, 'web-1', expected)).toBe(
    'host web-1: member blog-0 of blog is draining',
  );
  expect(membersProblem(services, 'web-2', expectedMembers(services, 'web-2'))).toBeUndefined();
});

test('a guest with all stable members on a host has an outage while it restarts, and a console does not count', () => {
  const services = [
    service('shop', 'web-1 active'),
    service('blog', 'web-1 drained', 'web-1 active', 'web-2 draining'),
    service('docs', 'web-1 active', 'web-2 active'),
    service('shop-console', 'web-1 active'),
  ];
  expect(guestOutage(services, 'web-1')).toBe('it has all stable members of blog');
  expect(guestOutage(services, 'web-2')).toBeUndefined();
});

test('a host whose monitor is silent, or that has lost a member, does not serve as it did', () => {
  const before = [service('shop', 'web-1 active', 'web-1 active')];
  const expected = expectedMembers(before, 'web-1');
  const after = service('shop', 'web-1 active');
  const silent = { ...after, status: { ...after.status, silentHosts: ['web-1'] } };
  expect(membersProblem([silent], 'web-1', expected)).toBe(
    'host web-1: member shop-1 of shop is gone; its monitor is silent',
  );
});
