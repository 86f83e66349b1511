import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { parseReleaseDocument } from '../../runtime/core/release/release-document.ts';
import { EventLog } from '../../runtime/store/incidents/event-log.ts';
import { Load } from '../support/http/load.ts';
import { MemberServer } from '../support/processes/member-server.ts';
import { PerchProcess } from '../support/processes/perch-process.ts';
import { perch } from '../support/processes/perch.ts';
import { startProxy } from '../support/processes/proxy-process.ts';
import { releaseDocument } from '../support/release-document.ts';
import { until } from '../support/until.ts';
import { test as base } from './fixtures.ts';

const keys = redisKeys('shop');
const ids = ['stable-1', 'stable-2', 'canary-1', 'canary-2'];

/** Time of each answer, which bounds the load. */
const answerMs = 20;

/**
 * - `members`: two stable members and two canaries, as servers.
 * - `document`: the release document that Redis holds now.
 */
const test = base
  .extend('members', async ({ sharedServer: _server }, { onCleanup }) => {
    const members = await Promise.all(
      ids.map((id) =>
        MemberServer.start(id, (_, response) => void setTimeout(() => response.end(id), answerMs)),
      ),
    );
    onCleanup(async () => {
      for (const member of members) await member[Symbol.asyncDispose]();
    });
    return members;
  })
  .extend(
    'document',
    ({ redis }) =>
      async () =>
        parseReleaseDocument((await redis.get(keys.release)) ?? ''),
  );

async function leaderOf(redis: Redis): Promise<string | undefined> {
  return (await redis.get(keys.leader))?.split(' ')[0];
}

/** The process id is part of a monitor's name. */
function pidOf(holder: string): number {
  return Number(/\/(\d+)-/.exec(holder)?.[1]);
}

test('a canary under load passes three steps by safe verdicts, and the crash of the leader neither skips nor repeats one', async ({
  redis,
  environment,
  members,
  document,
}) => {
  const release = releaseDocument({ members: members.map((member) => member.entry()) });
  await redis.set(keys.release, JSON.stringify(release));
  await using _one = new PerchProcess(['monitor'], environment);
  const first = await until(() => leaderOf(redis), { what: 'a leader' });
  await using _two = new PerchProcess(['monitor'], { ...environment, PERCH_HOST: 'host-2' });
  const proxies = { args: ['--workers', '1'], env: environment };
  await using near = await startProxy({ ...proxies, env: { ...environment, PERCH_HOST: 'web-1' } });
  await using far = await startProxy({ ...proxies, env: { ...environment, PERCH_HOST: 'web-2' } });
  const loads = [near, far].map(({ origin }) => new Load({ origin, clients: 2 }));

  const steps = [20, 50, 80].map((weight) => ({ weight, minutes: 0.05 }));
  const begun = await perch(['rollout', 'begin', '2.1'], environment, {
    stdin: JSON.stringify({ steps }),
  });
  expect(begun).toMatchObject({ code: 0, stderr: '' });
  await until(async () => (await document()).step === 1, { what: 'the second step' });
  process.kill(pidOf(first), 'SIGKILL');
  const status = await until(
    async () => {
      const { stdout } = await perch(['rollout', 'status'], environment);
      return stdout.includes('canary weight 80') && stdout;
    },
    { what: 'the third step' },
  );
  expect(status).toContain('rollout 2.1 progressing, step 3 of 3, canary weight 80');
  expect(status).toMatch(/then the canary is promoted$/m);
  await until(async () => (await document()).phase === 'promoting', { what: 'the promotion' });
  expect(await document()).toMatchObject({ step: 2, weight: 80 });
  const events = await new EventLog(redis, 'shop').last(1_000);
  const moves = events.filter(({ type }) => type.startsWith('rollout-'));
  expect(moves.map(({ text }) => text.split(':')[0])).toEqual([
    'rollout 2.1 begun at weight 20',
    'rollout 2.1 at step 2 of 3, weight 50; step 1 was safe',
    'rollout 2.1 at step 3 of 3, weight 80; step 2 was safe',
    'rollout 2.1 passed every step; step 3 was safe',
  ]);
  for (const { detail = 'null' } of moves.slice(1)) {
    expect(JSON.parse(detail)).toMatchObject({ kind: 'safe' });
  }
  const [, second, third] = moves;
  expect(third?.at).toBeGreaterThanOrEqual((second?.at ?? 0) + 3_000);
  for (const load of loads) await load.stop();
  expect(loads.flatMap(({ failures }) => failures)).toEqual([]);
  expect(loads.some(({ answers }) => (answers.get('canary-2') ?? 0) > 0)).toBe(true);
}, 180_000);

test('a rollout without requests holds until its deadline, emails the team, and goes on by hand', async ({
  redis,
  environment,
  members,
  document,
  ses,
}) => {
  const release = releaseDocument({ members: members.map((member) => member.entry()) });
  await redis.set(keys.release, JSON.stringify(release));
  await using _monitor = new PerchProcess(['monitor'], environment);
  const steps = [{ weight: 20, minutes: 0.01, until: 0.02 }];
  const stdin = JSON.stringify({ steps, onInconclusive: 'hold' });
  await perch(['rollout', 'begin', '2.1'], environment, { stdin });
  await until(async () => (await document()).phase === 'paused', { what: 'the pause' });
  const [mail] = await until(async () => (await ses.mails()).length > 0 && (await ses.mails()), {
    what: 'a mail',
  });
  const text = JSON.stringify(mail);
  expect(text).toContain('rollout 2.1 is paused at step 1 of 1');
  expect(text).toContain('perch rollout resume --reason');
  const status = await perch(['status'], environment);
  expect(status.stdout).toContain('rollout 2.1 paused');
  expect(status.stdout).toContain('rollout-paused');
  await perch(['rollout', 'promote', '--reason', 'nobody uses it at night'], environment);
  expect(await document()).toMatchObject({ phase: 'promoting', weight: 20 });
  await until(async () => (await ses.mails()).length > 1, { what: 'the end of the incident' });
}, 120_000);
