import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'vitest';
import type { Member } from '../../../runtime/core/release/release-document.ts';
import { refusingMembers } from '../../../runtime/monitor/host/sources/refusing-members.ts';
import { test } from '../../support/judge/judge-stage.ts';

/** Address at which nobody listens. Ports of the staged members may be those of a real release. */
async function unusedUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('it listens on a port');
  return `http://127.0.0.1:${address.port}`;
}

test('a failing canary that accepts no connections any more is ejected with a crash as the reason', async ({
  stage,
}) => {
  await stage.stageFailingCanary();
  const url = await unusedUrl();
  const findRefusing = (members: readonly Member[]) =>
    refusingMembers(members.map((member) => ({ ...member, url })));
  stage.beginTerm({}, { findRefusing });
  await stage.run();
  const [notification] = await stage.notifications();
  expect(notification?.details).toMatchObject({
    summary: 'canary canary-1 crashed: it accepts no connections',
    cause: 'unhealthy',
  });
  expect((await stage.judgeStatus())?.verdict?.evidence).toMatchObject({ rule: 'unhealthy' });
});

test('nobody is asked for connections while the canary is not ejected for failed requests', async ({
  stage,
}) => {
  let calls = 0;
  const findRefusing = () => {
    calls += 1;
    return Promise.resolve([]);
  };
  stage.beginTerm({}, { findRefusing });
  await stage.staged.stage();
  await stage.sample({ oomKilledAt: [stage.nowMs + 1_000] });
  await stage.run(2);
  expect(await stage.canaryState()).toBe('ejected');
  expect(calls).toBe(0);
});
