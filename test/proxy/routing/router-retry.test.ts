import { expect, test } from 'vitest';
import { member, releaseDocument } from '../../support/release-document.ts';
import {
  attemptOf,
  end,
  fieldsOf,
  route,
  routing,
  tester,
  threeAndOne,
} from './routed-requests.ts';

test('a retry goes to another member of the track', () => {
  const { router } = routing({ ...threeAndOne, weight: 0 });
  const first = attemptOf(route(router));
  end(first, 'connect');
  const second = attemptOf(first.retry());
  expect(second.member.track).toBe('stable');
  expect(second.member.id).not.toBe(first.member.id);
});

test('a request is retried once', () => {
  const { router } = routing({ ...threeAndOne, weight: 0 });
  const first = attemptOf(route(router));
  end(first, 'connect');
  const second = attemptOf(first.retry());
  end(second, 'connect');
  expect(second.retry()).toBeUndefined();
});

test('a retry goes to a member on another host, if there is one', () => {
  const onHost = (id: string, port: number, host: string) =>
    member(id, port, { url: `http://${host}:${port}` });
  const members = [
    onHost('stable-1', 20_001, '10.0.0.1'),
    onHost('stable-2', 20_002, '10.0.0.1'),
    onHost('stable-3', 20_003, '10.0.0.1'),
    onHost('stable-4', 20_004, '10.0.0.2'),
  ];
  const { router } = routing(releaseDocument({ members }));
  for (let request = 0; request < 8; request += 1) {
    const first = attemptOf(route(router));
    end(first, 'connect');
    const second = attemptOf(first.retry());
    expect(second.upstream.host).not.toBe(first.upstream.host);
    end(second, 'answered');
  }
});

test('a retry sets the cookie of the first attempt', () => {
  const { router } = routing({ ...threeAndOne, affinity: 'cookie', weight: 0 });
  const first = attemptOf(route(router));
  const [, cookie = ''] = fieldsOf(first);
  end(first, 'stale');
  expect(fieldsOf(first.retry())).toEqual(['Set-Cookie', cookie, 'Cache-Control', 'private']);
});

test('a retry of the only canary goes to stable', () => {
  const { router } = routing({ ...threeAndOne, weight: 100 });
  const first = attemptOf(route(router));
  end(first, 'reset');
  expect(first.member.track).toBe('canary');
  expect(attemptOf(first.retry()).member.track).toBe('stable');
});

test('a retry of stable never goes to the canary', () => {
  const { router } = routing({
    ...threeAndOne,
    weight: 1,
    members: [member('stable-1', 20_001), member('canary-1', 20_004)],
  });
  // Of three requests in a row, at most two are the canary's: one in each block of 100.
  const attempts = Array.from({ length: 3 }, () => attemptOf(route(router)));
  const first = attempts.find((attempt) => attempt.member.track === 'stable');
  if (first === undefined) throw new Error('no request for stable');
  end(first, 'connect');
  expect(first.retry()).toBeUndefined();
});

test('a retry goes to an ejected member that passes its probes, rather than nowhere', () => {
  const members = threeAndOne.members.filter(({ id }) => ['stable-1', 'stable-2'].includes(id));
  const { router, pool } = routing({ ...threeAndOne, members, weight: 0 });
  const [one] = pool.active;
  if (one === undefined) throw new Error('no member');
  for (let time = 0; time < 5; time += 1) pool.unanswered(one, 'reset');
  const first = attemptOf(route(router));
  expect(first.member).not.toBe(one);
  end(first, 'connect');
  expect(attemptOf(first.retry()).member).toBe(one);
});

test('a retry after a broken connection goes to the same member before an ejected one', () => {
  const members = threeAndOne.members.filter(({ id }) => ['stable-1', 'stable-2'].includes(id));
  const { router, pool } = routing({ ...threeAndOne, members, weight: 0 });
  const [one] = pool.active;
  if (one === undefined) throw new Error('no member');
  for (let time = 0; time < 5; time += 1) pool.unanswered(one, 'timeout');
  const first = attemptOf(route(router));
  end(first, 'reset');
  expect(attemptOf(first.retry()).member).toBe(first.member);
});

test('a retry does not go to a member whose probes fail', () => {
  const members = threeAndOne.members.filter(({ id }) => ['stable-1', 'stable-2'].includes(id));
  const { router, pool } = routing({ ...threeAndOne, members, weight: 0 });
  const [one] = pool.active;
  if (one === undefined) throw new Error('no member');
  for (let time = 0; time < 2; time += 1) pool.probed(one, false);
  const first = attemptOf(route(router));
  end(first, 'connect');
  expect(first.retry()).toBeUndefined();
});

test('a retry goes to the same member if there is no other and the connection merely broke', () => {
  const { router } = routing(releaseDocument({ members: [member('stable-1', 20_001)] }));
  const first = attemptOf(route(router));
  end(first, 'reset');
  expect(attemptOf(first.retry()).member.id).toBe('stable-1');
});

test('a retry after a reset connection goes to another member if there is one', () => {
  const { router } = routing({ ...threeAndOne, weight: 0 });
  const first = attemptOf(route(router));
  end(first, 'reset');
  expect(attemptOf(first.retry()).member.id).not.toBe(first.member.id);
});

test('a stale connection is replaced by a new one to the same member, which may still be retried', () => {
  const { router } = routing({ ...threeAndOne, weight: 0 });
  const first = attemptOf(route(router));
  end(first, 'stale');
  const second = attemptOf(first.retry());
  expect(second.member.id).toBe(first.member.id);
  end(second, 'reset');
  expect(attemptOf(second.retry()).member.id).not.toBe(first.member.id);
});

test('a retry of an override to the canary does not go to stable', () => {
  const { router } = routing(threeAndOne);
  const first = attemptOf(route(router, tester('canary')));
  end(first, 'connect');
  expect(first.retry()).toBeUndefined();
});
