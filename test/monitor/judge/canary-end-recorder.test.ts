import { expect } from 'vitest';
import { releaseEvidence } from '../../../runtime/core/ejection/ejection.ts';
import { CanaryEndRecorder } from '../../../runtime/monitor/judge/canary-end-recorder.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { ReleaseHistoryStore } from '../../../runtime/store/release/release-history-store.ts';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { test as base } from '../../support/fixtures.ts';
import { counts, times, verdictOn } from '../../support/judge/verdict.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';

const detail = JSON.stringify(
  releaseEvidence(verdictOn(times(30, counts(300, 0), counts(100, 20)))),
);
const ejected = { type: 'canary-ejected', text: '20% failed', by: 'monitor host-1', detail };
const canary = { stack: 'canary', track: 'canary', version: '2.1.0' } as const;

const test = base.extend('stage', ({ redis }) => {
  const history = new ReleaseHistoryStore(redis, 'shop');
  const events = new EventLog(redis, 'shop');
  return { history, events, leader: () => new CanaryEndRecorder({ events, history, logger }) };
});

test('the end of a canary outlives its event, with the numbers that it was judged by', async ({
  redis,
  stage: { history, events, leader },
}) => {
  await history.append({ ...canary, outcome: 'served' });
  const first = leader();
  await first.record();
  await events.append(ejected);
  await first.record();
  await redis.del(redisKeys('shop').events);
  const [record] = await history.list();
  expect(record).toMatchObject({
    outcome: 'served',
    version: '2.1.0',
    ended: {
      type: 'canary-ejected',
      text: '20% failed',
      judged: { rule: 'errors', unit: 'requests', stable: { bad: 0 } },
    },
  });
});

test('an end is recorded once, also by the next leader, and again when the canary came back', async ({
  redis,
  stage: { history, events, leader },
}) => {
  const entries = () => redis.xlen(redisKeys('shop').releases);
  await history.append({ ...canary, outcome: 'served' });
  await events.append(ejected);
  const first = leader();
  await first.record();
  await first.record();
  await leader().record();
  expect(await entries()).toBe(2);
  await events.append({ type: 'canary-reinstated', text: 'again', by: 'ada' });
  await first.record();
  expect((await history.list())[0]?.ended).toBeNull();
  await events.append({ ...ejected, text: 'once more' });
  await first.record();
  expect((await history.list())[0]?.ended?.text).toBe('once more');
  expect(await entries()).toBe(4);
});

test('an end that many events follow at once is found', async ({
  stage: { history, events, leader },
}) => {
  await history.append({ ...canary, outcome: 'served' });
  const recorder = leader();
  await recorder.record();
  await events.append(ejected);
  for (let index = 0; index < 60; index += 1) {
    await events.append({ type: 'weight-set', text: `change ${index}`, by: 'ada' });
  }
  await recorder.record();
  expect((await history.list())[0]?.ended?.type).toBe('canary-ejected');
});

test('the recorder repeats what Redis refused', async ({ stage: { history, events } }) => {
  let isAway = true;
  const flaky: Pick<ReleaseHistoryStore, 'list' | 'append'> = {
    list: () => history.list(),
    append: async (entry) => {
      if (isAway) throw new Error('away');
      return await history.append(entry);
    },
  };
  await history.append({ ...canary, outcome: 'served' });
  await events.append(ejected);
  const recorder = new CanaryEndRecorder({ events, history: flaky, logger });
  await recorder.record();
  isAway = false;
  await recorder.record();
  expect((await history.list())[0]?.ended?.type).toBe('canary-ejected');
});
