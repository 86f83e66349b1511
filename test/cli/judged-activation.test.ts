import type { ServerResponse } from 'node:http';
import { expect } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { EventLog } from '../../runtime/store/incidents/event-log.ts';
import { ReleaseStore } from '../../runtime/store/release/release-store.ts';
import { Load } from '../support/http/load.ts';
import { MemberServer } from '../support/processes/member-server.ts';
import { startProxy } from '../support/processes/proxy-process.ts';
import { releaseDocument } from '../support/release-document.ts';
import { until } from '../support/until.ts';
import { test as base } from './fixtures.ts';

type Answer = (response: ServerResponse, count: number) => void;

/** Result of an activation under load. */
interface Activation {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Requests of clients that failed, of some thousands, from before the activation until after it. */
  readonly failed: number;
  /** Requests that the new member got after the command had ended. */
  readonly late: number;
}

/**
 * - `activate`: activates a new member of version 2 beside four good ones of version 1, behind two
 *   workers of a proxy and under load. The new member answers `/healthz` well, all else by `answer`.
 */
const test = base.extend('activate', ({ redis, run, environment }) => {
  return async (answer: Answer, ...options: string[]): Promise<Activation> => {
    await using members = new AsyncDisposableStack();
    const old = [];
    for (const id of ['stable-1', 'stable-2', 'stable-3', 'stable-4']) {
      old.push(members.use(await MemberServer.start(id)));
    }
    let count = 0;
    const respond: MemberServer['respond'] = (_, response) => answer(response, (count += 1));
    const fresh = members.use(await MemberServer.start('stable-new', respond));
    const reserved = fresh.entry({ state: 'reserved', version: '2' });
    const document = releaseDocument({ members: [...old.map((one) => one.entry()), reserved] });
    await redis.set(redisKeys('shop').release, JSON.stringify(document));
    await using proxy = await startProxy({ args: ['--workers', '2'], env: environment });
    await proxy.untilGeneration(1);
    const load = new Load({ origin: proxy.origin, clients: 8 });
    await until(() => load.total > 1_000);
    const ended = await run('member', 'activate', '--id', 'stable-new', ...options);
    const before = fresh.requests.length;
    const sent = load.total;
    await until(() => load.total > sent + 1_000);
    await load.stop();
    return {
      ...ended,
      failed: load.failures.length,
      late: fresh.requests.length - before,
    };
  };
});

const fails = (response: ServerResponse) => void response.writeHead(500).end();

test('a member that answers every request with 500 is drained after a handful of them', async ({
  activate,
  redis,
}) => {
  const { code, stderr, failed, late } = await activate(fails, '--judge', '10');
  expect(code).toBe(1);
  const evidence = /(\d+) of its \1 requests failed, against 0 of \d+ of the other 4 members/;
  // A line before it may say that the Redis of this file is too young to be believed.
  expect(stderr).toMatch(/^perch: member stable-new was drained: /m);
  expect(stderr).toMatch(evidence);
  expect(late).toBe(0);
  // Each of the two workers stops sending it requests after five failures in a row.
  expect(failed).toBeLessThan(60);
  const read = await new ReleaseStore(redis, 'shop', { by: 'test' }).read();
  expect(read).toMatchObject({
    document: { reason: expect.stringMatching(evidence) },
  });
  const events = await new EventLog(redis, 'shop').last(1);
  expect(events).toMatchObject([{ type: 'member-draining' }]);
});

test('a member that answers one request in twenty with 500 is found bad too', async ({
  activate,
}) => {
  const { code, stderr, late } = await activate(
    (response, count) => {
      response.writeHead(count % 20 === 0 ? 500 : 200).end();
    },
    '--judge',
    '10',
  );
  expect({ code, late }).toEqual({ code: 1, late: 0 });
  expect(stderr).toContain('requests failed, against 0 of ');
});

test('a good member stays active, and the command says by how many requests', async ({
  activate,
}) => {
  const { code, stdout, stderr, failed, late } = await activate(
    (response) => response.end(),
    '--judge',
    '10',
  );
  expect({ code, failed, stderr }).toEqual({ code: 0, failed: 0, stderr: '' });
  expect(stdout).toMatch(
    /^member stable-new is active, generation 2: 0 of its \d+ requests failed, against 0 of \d+ of the other 4 members, in \d+ s\n$/,
  );
  expect(late).toBeGreaterThan(0);
});

test('a member that is slow to warm up is not bad', async ({ activate }) => {
  const { code, failed, late } = await activate(
    (response, count) => {
      setTimeout(() => response.end(), Math.max(0, 600 - 30 * count));
    },
    '--judge',
    '10',
  );
  expect({ code, failed }).toEqual({ code: 0, failed: 0 });
  expect(late).toBeGreaterThan(0);
});

test('a member that was found bad is judged again when its activation is repeated', async ({
  activate,
  run,
}) => {
  await activate(fails, '--judge', '10');
  // Nobody sends a request now, so nothing speaks against it.
  const again = await run('member', 'activate', '--id', 'stable-new', '--judge', '1');
  expect(again).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('member stable-new is active, generation 4: '),
  });
});

test('an activation that names no time for it judges nothing', async ({ activate }) => {
  const { code, stdout } = await activate(fails);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'member stable-new is active, generation 2\n',
  });
});
