import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { drain, release } from '../../../runtime/core/release/transitions.ts';
import type { JudgeStage } from '../../support/judge/judge-stage.ts';
import { test } from '../../support/judge/judge-stage.ts';

const restarting = (stage: JudgeStage) => ({
  restartedAt: [stage.nowMs, stage.nowMs, stage.nowMs],
});

async function deregister(stage: JudgeStage, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    await stage.staged.releases.change((document) => drain(document, id));
    await stage.staged.releases.change((document) => release(document, id));
  }
}

test('the restarts of a member that is gone are resolved at once, also by a new leader', async ({
  stage,
}) => {
  await stage.staged.stage();
  const member = { id: 'c2', name: 'stable-2', memberId: 'stable-2', track: 'stable' as const };
  await stage.sample({ name: '' }, { workloads: [{ ...member, ...restarting(stage) }] });
  await stage.run();
  await stage.sample({ name: '' });
  await stage.run();
  expect(await stage.transitions()).toEqual(['container-restarts stable-2 opened']);
  await deregister(stage, 'stable-2');
  stage.beginTerm();
  await stage.run();
  expect(await stage.transitions()).toEqual([
    'container-restarts stable-2 opened',
    'container-restarts stable-2 resolved',
  ]);
  expect((await stage.notifications()).at(-1)?.details.summary).toBe('member stable-2 is gone');
});

test('the restarts of a deregistered member whose container still runs are not resolved', async ({
  stage,
}) => {
  await stage.staged.stage();
  const member = { id: 'c2', name: 'stable-2', memberId: 'stable-2', track: 'stable' as const };
  await stage.sample({ name: '' }, { workloads: [{ ...member, ...restarting(stage) }] });
  await stage.run();
  await deregister(stage, 'stable-2');
  await stage.run(10);
  expect(await stage.transitions()).toEqual(['container-restarts stable-2 opened']);
});

test('the restarts of a replaced container are resolved at once', async ({ stage }) => {
  await stage.staged.stage();
  const proxy = { id: 'c3', name: 'proxy-1' };
  await stage.sample({ name: '' }, { workloads: [{ ...proxy, ...restarting(stage) }] });
  await stage.run();
  await stage.sample({ name: '' }, { workloads: [{ id: 'c4', name: 'proxy-2' }] });
  await stage.run();
  expect(await stage.transitions()).toEqual([
    'container-restarts host-1/proxy-1 opened',
    'container-restarts host-1/proxy-1 resolved',
  ]);
  const summary = 'container proxy-1 on host-1 is gone';
  expect((await stage.notifications()).at(-1)?.details.summary).toBe(summary);
});

test('a container whose Docker engine does not answer is not gone', async ({ stage }) => {
  await stage.staged.stage();
  const proxy = { id: 'c3', name: 'proxy-1' };
  await stage.sample({ name: '' }, { workloads: [{ ...proxy, ...restarting(stage) }] });
  await stage.run();
  const problems = [{ source: 'docker', reason: 'connect ENOENT' }];
  await stage.sample({ name: '' }, { problems });
  await stage.run(3);
  await stage.redis.del(redisKeys('shop').sample('host-1'));
  await stage.run(3);
  expect(await stage.transitions()).toEqual(['container-restarts host-1/proxy-1 opened']);
});

test('the need for memory of a member that is gone has not recovered: the member is gone', async ({
  stage,
}) => {
  await stage.staged.stage();
  const needs = [{ workload: 'stable-2', reason: 'its limit is at its cap' }];
  await stage.sample({ name: '' }, { needs });
  await stage.run(12);
  await deregister(stage, 'stable-2');
  await stage.sample({ name: '' });
  await stage.run();
  expect((await stage.notifications()).at(-1)?.details.summary).toBe('member stable-2 is gone');
});

test('a silent host whose members are all gone has not recovered: the host is gone', async ({
  stage,
}) => {
  await stage.staged.stage();
  await stage.sample({ name: '' });
  await stage.run();
  await stage.redis.del(redisKeys('shop').sample('host-1'));
  await stage.run(22);
  await deregister(stage, 'canary-1', 'stable-1', 'stable-2');
  await stage.run();
  expect(await stage.transitions()).toEqual([
    'host-silent host-1 opened',
    'host-silent host-1 resolved',
  ]);
  expect((await stage.notifications()).at(-1)?.details.summary).toBe('host host-1 is gone');
});
