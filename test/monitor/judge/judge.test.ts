import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import type { HostSample, Workload } from '../../../runtime/core/host/host-sample.ts';
import {
  notificationSchema,
  type Notification,
} from '../../../runtime/core/alerting/notification.ts';
import type { Member } from '../../../runtime/core/release/release-document.ts';
import { ejectItself } from '../../../runtime/core/ejection/self-ejection.ts';
import { reinstate, release } from '../../../runtime/core/release/transitions.ts';
import type { Judge } from '../../../runtime/monitor/judge/judge.ts';
import { judgeOf, type JudgeSetup } from '../../../runtime/monitor/compose.ts';
import { refusingMembers } from '../../../runtime/monitor/host/sources/refusing-members.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { FlagStore } from '../../../runtime/store/flags/flag-store.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { JudgeStore } from '../../../runtime/store/judge/judge-store.ts';
import { Lease } from '../../../runtime/store/judge/lease.ts';
import { SampleStore } from '../../../runtime/store/judge/sample-store.ts';
import { monitorConfig, StagedRelease } from '../../support/monitor.ts';
import { clientOf } from '../../support/redis-client.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { silentLogger } from '../../support/silent-logger.ts';

const flag = {
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'on',
} as const;

/** The staged members' own ports may be those of a real release on this machine. */
async function urlOfNobody(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('it listens on a port');
  return `http://127.0.0.1:${address.port}`;
}

describe('Judge', () => {
  let server: TestRedis;
  let redis: Redis;
  let staged: StagedRelease;
  let nowMs: number;
  let judge: Judge;

  const setup = (given: object = {}, overrides: Partial<JudgeSetup> = {}): JudgeSetup => ({
    redis,
    service: 'shop',
    by: 'monitor test',
    config: monitorConfig({
      judge: { actions: ['eject-canary', 'kill-flag:new_feature'] },
      ...given,
    }),
    channels: ['email'],
    extraReadings: () => [],
    extraProblems: () => [],
    takeChannelEvents: () => [],
    findRefusing: () => Promise.resolve([]),
    now: () => nowMs,
    logger: silentLogger,
    ...overrides,
  });
  const look = async (seconds = 1) => {
    for (let second = 0; second < seconds; second += 1) {
      await judge.runCycle();
      nowMs += 1_000;
    }
  };
  const document = async () => {
    const read = await staged.releases.read();
    if (read.kind !== 'found') throw new Error('there is no document');
    return read.document;
  };
  const canary = async () => (await document()).members.find(({ id }) => id === 'canary-1');
  const notifications = async (): Promise<Notification[]> => {
    const entries = await redis.xrange(redisKeys('shop').outbox, '-', '+');
    return entries.map(([, [, , , json = '']]) => notificationSchema.parse(JSON.parse(json)));
  };
  const told = async () =>
    (await notifications()).map(
      ({ rule, subject, transition }) => `${rule} ${subject} ${transition}`,
    );
  const sample = async (workload: Partial<Workload>, host: Partial<HostSample> = {}) => {
    const named = { id: 'c1', name: 'canary-1', memberId: 'canary-1', ...workload };
    const workloads: Workload[] = workload.name === '' ? [] : [{ track: 'canary', ...named }];
    const at = nowMs;
    const problems = host.problems ?? [];
    const said = { host: 'host-1', at, disks: [], workloads, ...host, problems };
    await new SampleStore(redis, 'shop').write(said);
  };

  beforeAll(async () => {
    server = await startRedis();
    redis = await clientOf(server);
  });
  beforeEach(async () => {
    await redis.flushall();
    nowMs = Date.now();
    staged = new StagedRelease(redis, 'shop');
    await new FlagStore(redis, 'shop', { by: 'test' }).set('new_feature', flag);
    await new Lease(redis, 'shop', { holder: 'test', ttlMs: 60_000 }).hold();
    judge = judgeOf(setup(), 1);
  });
  afterAll(async () => {
    redis.disconnect();
    await server[Symbol.asyncDispose]();
  });

  describe('with a canary that fails', () => {
    const fail = async () => {
      await staged.stage();
      await look();
      await staged.handIn(nowMs, {
        stable: { requests: 90 },
        canary: { requests: 30, failures: 12 },
      });
    };

    it('takes it out at its next look: weight 0, members ejected, flag off, one notice', async () => {
      await fail();
      await look();
      expect(await document()).toMatchObject({ weight: 0, phase: 'aborted' });
      expect((await canary())?.state).toBe('ejected');
      expect(await new FlagStore(redis, 'shop', { by: 'test' }).get('new_feature')).toMatchObject({
        state: 'DISABLED',
      });
      expect(await told()).toEqual(['canary-ejected canary opened']);
    });

    it('says why, what was done and on what evidence, in the document, the events and the notice', async () => {
      await fail();
      await look();
      const { reason, evidence } = await document();
      expect(reason).toMatch(
        /^canary 2\.0\.0 fails requests that stable serves: 12 of 30 canary requests/,
      );
      expect(evidence).toMatchObject({ kind: 'harmful', evidence: { rule: 'errors' } });
      const [notification] = await notifications();
      expect(notification?.details).toMatchObject({
        actions: ['canary ejected (weight 25 to 0)', 'flag new_feature disabled'],
        track: 'canary',
        version: '2.0.0',
        host: 'host-1',
        cause: 'errors',
      });
      expect(notification?.details.evidence).toContain('12 of 30 canary requests (40.0%) failed');
      const events = (await new EventLog(redis, 'shop').last(10)).map(({ type }) => type);
      const order = ['canary-ejected', 'flag-disabled', 'incident-opened'];
      expect(events.filter((type) => order.includes(type))).toEqual(order);
    });

    it('says that it crashed when nobody listens there any more', async () => {
      await fail();
      const url = await urlOfNobody();
      const findRefusing = (members: readonly Member[]) =>
        refusingMembers(members.map((member) => ({ ...member, url })));
      judge = judgeOf(setup({}, { findRefusing }), 1);
      await look();
      const [notification] = await notifications();
      expect(notification?.details).toMatchObject({
        summary: 'canary canary-1 crashed: it accepts no connections',
        cause: 'unhealthy',
      });
    });

    it('tells of it, once more after a quarter of an hour, and not again while it stays out', async () => {
      const opened = 'canary-ejected canary opened';
      await fail();
      await look(3);
      nowMs += 890_000;
      await look();
      expect(await told()).toEqual([opened]);
      nowMs += 10_000;
      await look(3);
      expect(await told()).toEqual([opened, 'canary-ejected canary re-alerted']);
      nowMs += 3_600_000;
      await look(3);
      expect(await told()).toHaveLength(2);
    });

    it('tells that it is over when the canary is back and was judged safe', async () => {
      await fail();
      await look(2);
      nowMs += 60_000;
      await staged.releases.change((at) => reinstate(at, undefined, 'fixed'));
      await staged.setWeight(25);
      await look();
      expect(await told()).toHaveLength(1);
      // The document carries Redis' time, which this test does not move.
      await staged.handIn(nowMs, { stable: { requests: 200 }, canary: { requests: 66 } });
      await look(2);
      expect(await told()).toEqual([
        'canary-ejected canary opened',
        'canary-ejected canary resolved',
      ]);
      expect((await canary())?.state).toBe('active');
    });

    it('takes it out again when it is back and fails again, and tells of that', async () => {
      await fail();
      await look(2);
      nowMs += 60_000;
      await staged.releases.change((at) => reinstate(at, undefined, 'fixed'));
      await staged.setWeight(25);
      await look();
      await staged.handIn(nowMs, {
        stable: { requests: 90 },
        canary: { requests: 30, failures: 12 },
      });
      await look(2);
      expect((await canary())?.state).toBe('ejected');
      expect(await told()).toEqual([
        'canary-ejected canary opened',
        'canary-ejected canary opened',
      ]);
    });

    it('does not blame one that came back for what it did before', async () => {
      judge = judgeOf(setup({ rules: { trackFailurePercent: { forSeconds: 0 } } }), 1);
      await fail();
      await look(2);
      await staged.releases.change((at) => reinstate(at, undefined, 'fixed'));
      await staged.setWeight(25);
      await look(20);
      expect(await told()).toEqual(['canary-ejected canary opened']);
    });

    it('does not blame one that came back before anybody looked again', async () => {
      await fail();
      await look();
      await staged.releases.change((at) => reinstate(at, undefined, 'mended'));
      await staged.setWeight(25);
      judge = judgeOf(setup(), 1);
      await look(3);
      expect((await canary())?.state).toBe('active');
    });

    it('tells that it is over when no member of its version is left', async () => {
      await fail();
      await look(2);
      await staged.releases.change((at) => release(at, 'canary-1'));
      await look();
      expect(await told()).toEqual([
        'canary-ejected canary opened',
        'canary-ejected canary resolved',
      ]);
    });

    it('lets the next leader finish what this one had begun', async () => {
      await fail();
      const dies = new Error('the leader is gone');
      const flags = { disable: () => Promise.reject(dies) };
      judge = judgeOf(setup({}, { flags }), 1);
      await expect(judge.runCycle()).rejects.toBe(dies);
      expect((await canary())?.state).toBe('ejected');
      expect(await told()).toEqual([]);
      judge = judgeOf(setup(), 1);
      await look(2);
      expect(await told()).toEqual(['canary-ejected canary opened']);
      expect(await new FlagStore(redis, 'shop', { by: 'test' }).get('new_feature')).toMatchObject({
        state: 'DISABLED',
      });
    });

    it('refuses to let a leader of the past take it out', async () => {
      await fail();
      await redis.del(redisKeys('shop').leader);
      await new Lease(redis, 'shop', { holder: 'other', ttlMs: 60_000 }).hold();
      await expect(judge.runCycle()).rejects.toMatchObject({ code: 'fenced' });
      expect((await canary())?.state).toBe('active');
      expect(await told()).toEqual([]);
    });

    it('keeps a leader that was stopped in the middle from switching a flag off', async () => {
      await fail();
      const flags: JudgeSetup['flags'] = {
        disable: async (...asked) => {
          await redis.del(redisKeys('shop').leader);
          await new Lease(redis, 'shop', { holder: 'other', ttlMs: 60_000 }).hold();
          return await new FlagStore(redis, 'shop', { by: 'stale', epoch: 1 }).disable(...asked);
        },
      };
      judge = judgeOf(setup({}, { flags }), 1);
      await expect(judge.runCycle()).rejects.toMatchObject({ code: 'fenced' });
      const stored = await new FlagStore(redis, 'shop', { by: 'test' }).get('new_feature');
      expect(stored).toMatchObject({ state: 'ENABLED' });
      expect(await told()).toEqual([]);
    });

    it('says that a flag that is not stored could not be switched off', async () => {
      await fail();
      judge = judgeOf(setup({ judge: { actions: ['eject-canary', 'kill-flag:nowhere'] } }), 1);
      await look();
      const [notification] = await notifications();
      expect(notification?.details.actions[1]).toContain('flag nowhere not disabled');
    });
  });

  it('takes a slow canary out', async () => {
    await staged.stage();
    for (let bucket = 1; bucket <= 10; bucket += 1) {
      await staged.handIn(nowMs - bucket * 10_000, { stable: { requests: 100, latencyMs: 20 } });
    }
    await look();
    await staged.handIn(nowMs, {
      stable: { requests: 90, latencyMs: 20 },
      canary: { requests: 30, latencyMs: 800 },
    });
    await look();
    expect((await canary())?.state).toBe('ejected');
    const [notification] = await notifications();
    expect(notification?.details).toMatchObject({ summary: 'canary 2.0.0 is slower than stable' });
  });

  it('takes a canary out that was killed for want of memory, or that crashes again and again', async () => {
    await staged.stage();
    await look();
    await sample({ oomKilledAt: [nowMs + 1] });
    await look();
    expect((await canary())?.state).toBe('ejected');
    expect((await document()).reason).toContain('was killed for lack of memory');
  });

  it('takes a canary out that fails its health checks, unless most of the stable ones do too', async () => {
    await staged.stage();
    const ill = {
      'stable-1': 'unhealthy',
      'stable-2': 'unhealthy',
      'canary-1': 'unhealthy',
    } as const;
    for (let second = 0; second < 8; second += 1) {
      await staged.report(ill);
      await look();
    }
    expect((await canary())?.state).toBe('active');
    await staged.report({ ...ill, 'stable-1': 'healthy', 'stable-2': 'healthy' });
    await look();
    expect((await canary())?.state).toBe('ejected');
    expect((await document()).reason).toMatch(/canary-1 has failed its health checks for 8 s/);
  });

  it('takes a canary out that breaks a rule which says so, and tells of that once', async () => {
    await staged.stage();
    const memory = { threshold: 200, forSeconds: 2, actions: ['alert', 'eject-canary'] };
    judge = judgeOf(setup({ rules: { containerMemoryMb: memory } }), 1);
    // By its answers alone it is safe.
    await staged.handIn(nowMs, { stable: { requests: 200 }, canary: { requests: 66 } });
    for (let second = 0; second < 5; second += 1) {
      await sample({ memoryBytes: 300e6 });
      await look();
    }
    expect((await canary())?.state).toBe('ejected');
    expect(await told()).toEqual(['canary-ejected canary opened']);
    const [notification] = await notifications();
    expect(notification?.details.summary).toBe('memory use of canary-1 is 300 MB, above 200 MB');
  });

  it('leaves a canary in that does what the stable version does as well', async () => {
    await staged.stage();
    const memory = { threshold: 200, forSeconds: 0, actions: ['alert', 'eject-canary'] };
    judge = judgeOf(setup({ rules: { containerMemoryMb: memory } }), 1);
    const workloads: Workload[] = (['canary', 'stable'] as const).map((track) => {
      const name = `${track}-1`;
      return { id: name, name, memberId: name, track, memoryBytes: 300e6 };
    });
    await sample({}, { workloads });
    await look(3);
    expect((await canary())?.state).toBe('active');
    expect(await told()).toEqual(['container-memory stable-1 opened']);
  });

  it('only alerts of a rule that was broken before the rollout began', async () => {
    const custom = [
      {
        id: 'busy',
        metric: 'host.cpu-percent',
        threshold: 50,
        forSeconds: 0,
        actions: ['alert', 'eject-canary'],
      },
    ];
    judge = judgeOf(setup({ rules: { custom, hostCpuPercent: false } }), 1);
    await staged.stage(0);
    nowMs -= 60_000;
    await sample({ name: '' }, { cpuPercent: 90 });
    await look(2);
    nowMs += 60_000;
    await staged.setWeight(25);
    await look(2);
    expect((await canary())?.state).toBe('active');
    expect(await told()).toEqual(['busy host-1 opened']);
  });

  it('spares the canary under the next leader too what a host did before it, and tells of that', async () => {
    const hostDiskPercent = { forSeconds: 0, actions: ['eject-canary'] };
    const config = setup({ rules: { hostDiskPercent } });
    judge = judgeOf(config, 1);
    await staged.stage(0);
    const disks = [{ path: '/', usedPercent: 95 }];
    nowMs -= 60_000;
    await sample({ name: '' }, { disks });
    await look();
    nowMs += 60_000;
    await staged.setWeight(25);
    await look();
    judge = judgeOf(config, 1);
    await look(2);
    expect((await canary())?.state).toBe('active');
    expect(await told()).toEqual(['host-disk host-1:/ opened']);
  });

  it('blames nobody for an outage of both tracks, and tells of it once', async () => {
    await staged.stage();
    judge = judgeOf(setup({ rules: { trackFailurePercent: { forSeconds: 3 } } }), 1);
    for (let second = 0; second < 10; second += 1) {
      await staged.handIn(nowMs, {
        stable: { requests: 30, failures: 27 },
        canary: { requests: 10, failures: 9 },
      });
      await look();
    }
    expect((await canary())?.state).toBe('active');
    expect(await told()).toEqual(['track-failures stable opened']);
    nowMs += 60_000;
    await staged.handIn(nowMs, { stable: { requests: 90 }, canary: { requests: 30 } });
    await look(2);
    expect(await told()).toEqual([
      'track-failures stable opened',
      'track-failures stable resolved',
    ]);
  });

  it('calls a canary safe that answers well, and promotes it after its last step', async () => {
    await staged.stage();
    await look();
    await staged.handIn(nowMs, { stable: { requests: 200 }, canary: { requests: 66 } });
    await look();
    expect(await document()).toMatchObject({ phase: 'promoting', weight: 25 });
    expect(await new JudgeStore(redis, 'shop').judgeStatus()).toMatchObject({
      verdict: { kind: 'safe' },
      leader: 'monitor test',
    });
    expect(await told()).toEqual([]);
  });

  it('keeps the evidence of a trial whose first buckets have left Redis', async () => {
    await staged.stage();
    await look();
    const traffic = { stable: { requests: 90 }, canary: { requests: 30, failures: 2 } };
    await staged.handIn(nowMs, traffic);
    await look();
    nowMs += 620_000;
    await look();
    const old = await redis.keys(redisKeys('shop').traffic(0).replace(/0$/, '*'));
    expect(await redis.del(...old)).toBe(1);
    judge = judgeOf(setup(), 1);
    await look();
    const judgeStatus = await new JudgeStore(redis, 'shop').judgeStatus();
    expect(judgeStatus?.verdict?.evidence['canary']).toMatchObject({ requests: 30, failures: 2 });
  });

  it('calls nothing safe or harmful that has had no traffic', async () => {
    await staged.stage();
    await look(3);
    const judgeStatus = await new JudgeStore(redis, 'shop').judgeStatus();
    expect(judgeStatus?.verdict?.kind).toBe('inconclusive');
  });

  it('opens, repeats and ends the incident of a full disk', async () => {
    await staged.stage();
    judge = judgeOf(setup({ rules: { hostDiskPercent: { forSeconds: 0 } } }), 1);
    await sample({}, { disks: [{ path: '/', usedPercent: 81 }] });
    await look();
    nowMs += 900_000;
    await look();
    await sample({}, { disks: [{ path: '/', usedPercent: 60 }] });
    await look(2);
    expect(await told()).toEqual([
      'host-disk host-1:/ opened',
      'host-disk host-1:/ re-alerted',
      'host-disk host-1:/ resolved',
    ]);
    const [first, , last] = await notifications();
    expect(first?.details.summary).toBe('disk use of host-1:/ is 81%, above 70%');
    expect(last?.details.summary).toBe('disk use of host-1:/ is back at 60%');
  });

  it('tells once of a canary that ejected itself, and switches off what it was told to', async () => {
    await staged.stage();
    await look();
    const ejection = { memberId: 'canary-1', reason: 'it is ill', flags: ['new_feature'] };
    await staged.releases.change((at) => ejectItself(at, ejection, nowMs));
    await look(3);
    const flags = new FlagStore(redis, 'shop', { by: 'test' });
    expect(await flags.get('new_feature')).toMatchObject({ state: 'DISABLED' });
    expect(await told()).toEqual(['canary-ejected canary opened']);
    const [notification] = await notifications();
    expect(notification?.details.summary).toBe('canary ejected itself: it is ill');
    expect(notification?.details.actions).toEqual([
      'canary canary-1 ejected (weight 25 to 0)',
      'flag new_feature disabled',
    ]);
  });

  it('switches a flag off when a rule that says so is broken, once', async () => {
    await staged.stage();
    const disk = { forSeconds: 0, actions: ['alert', 'kill-flag:new_feature'] };
    judge = judgeOf(setup({ rules: { hostDiskPercent: disk } }), 1);
    await sample({}, { disks: [{ path: '/', usedPercent: 81 }] });
    await look();
    const flags = new FlagStore(redis, 'shop', { by: 'test' });
    expect(await flags.get('new_feature')).toMatchObject({ state: 'DISABLED' });
    expect((await notifications())[0]?.details.actions).toEqual(['flag new_feature disabled']);
    await flags.toggle('new_feature');
    await look(2);
    expect(await flags.get('new_feature')).toMatchObject({ state: 'ENABLED' });
    expect((await canary())?.state).toBe('active');
  });

  it('tells once of a container that has a namesake on another host', async () => {
    await staged.stage();
    const namesake = { id: 'c9', name: 'perch-proxy', cpuPercent: 1 };
    const [killed, well] = [
      { ...namesake, oomKilledAt: [nowMs] },
      { ...namesake, oomKilledAt: [] },
    ];
    const write = async (host: string, workload: Workload) =>
      await sample({ name: '' }, { host, workloads: [workload] });
    for (let second = 0; second < 5; second += 1) {
      await write('host-1', well);
      await write('host-2', killed);
      await look();
    }
    expect(await told()).toEqual(['container-oom-kills host-2/perch-proxy opened']);
  });

  it('lets an incident stay open over a change of the leader', async () => {
    await staged.stage();
    const given = { rules: { hostDiskPercent: { forSeconds: 60 } } };
    judge = judgeOf(setup(given), 1);
    await sample({}, { disks: [{ path: '/', usedPercent: 81 }] });
    await look(62);
    judge = judgeOf(setup(given), 1);
    await look(62);
    expect(await told()).toEqual(['host-disk host-1:/ opened']);
  });

  it('tells of a Docker engine that is down, and when it is back', async () => {
    await staged.stage();
    const problems = [{ source: 'docker', reason: 'connect ENOENT' }];
    await sample({ name: '' }, { problems });
    await look(12);
    await sample({ name: '' });
    await look();
    expect(await told()).toEqual([
      'source-failed host-1/docker opened',
      'source-failed host-1/docker resolved',
    ]);
  });

  it('tells of a container that cannot have the memory that it needs', async () => {
    await staged.stage();
    await sample({}, { needs: [{ workload: 'canary-1', reason: 'its limit is at its cap' }] });
    await look(12);
    await sample({});
    await look();
    expect(await told()).toEqual([
      'memory-short canary-1 opened',
      'memory-short canary-1 resolved',
    ]);
    const summary = 'canary-1 needs more memory: its limit is at its cap';
    expect((await notifications())[0]?.details.summary).toBe(summary);
  });

  it('tells of a host whose monitor fell silent', async () => {
    await staged.stage();
    await sample({ name: '' });
    await look();
    await redis.del(redisKeys('shop').sample('host-1'));
    await look(22);
    expect(await told()).toEqual(['host-silent host-1 opened']);
    await sample({ name: '' });
    await look();
    expect(await told()).toEqual(['host-silent host-1 opened', 'host-silent host-1 resolved']);
  });

  it('tells of a release document that was lost, and changes nothing', async () => {
    await staged.stage();
    await look();
    await redis.del(redisKeys('shop').release);
    await look(5);
    expect(await told()).toEqual(['release-lost shop opened']);
    expect(await redis.exists(redisKeys('shop').release)).toBe(0);
  });

  it('tells of a channel that gave up through the others', async () => {
    await staged.stage();
    const channelEvents = [
      [{ channel: 'email', kind: 'given-up', reason: 'throttled for hours' } as const],
      [{ channel: 'email', kind: 'delivered', reason: '' } as const],
    ];
    const takeChannelEvents = () => channelEvents.shift() ?? [];
    judge = judgeOf(setup({}, { takeChannelEvents, channels: ['email', 'webhook'] }), 1);
    await look(2);
    const incidents = await new IncidentStore(redis, 'shop').list();
    expect([...incidents.keys()]).toEqual(['channel-failed|email']);
    const entries = await redis.xrange(redisKeys('shop').outbox, '-', '+');
    const byChannel = entries.map(([, [, channel]]) => channel);
    expect(byChannel).toEqual(['webhook', 'email', 'webhook']);
  });

  it('ends the incident of a channel that is configured no more', async () => {
    await staged.stage();
    const channelEvents = [[{ channel: 'email', kind: 'given-up', reason: 'refused' } as const]];
    const takeChannelEvents = () => channelEvents.shift() ?? [];
    judge = judgeOf(setup({}, { takeChannelEvents, channels: ['email', 'webhook'] }), 1);
    await look();
    judge = judgeOf(setup({}, { channels: ['webhook'] }), 1);
    await look(2);
    expect(await told()).toEqual(['channel-failed email opened', 'channel-failed email resolved']);
  });
});
