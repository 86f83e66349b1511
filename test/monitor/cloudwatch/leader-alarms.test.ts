import { expect, test } from 'vitest';
import type { AlarmState } from '../../../runtime/monitor/cloudwatch/alarm-source.ts';
import { LeaderAlarms } from '../../../runtime/monitor/cloudwatch/leader-alarms.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const name = 'orders-fail';

/** Alarms of a monitor whose periodic reads are an hour apart, and what the test sets. */
function stagedAlarms() {
  const stage: { leads: boolean; read: () => Promise<Map<string, AlarmState>>; reads: number } = {
    leads: false,
    read: async () => new Map([[name, 'ALARM']]),
    reads: 0,
  };
  const alarms = new LeaderAlarms({
    source: {
      names: [name],
      read: async () => {
        stage.reads += 1;
        return await stage.read();
      },
    },
    everyMs: 3_600_000,
    leads: () => stage.leads,
    onFailure: () => undefined,
    logger: silentLogger,
  });
  return { stage, alarms };
}

test('a monitor that does not lead never reads the alarms', async () => {
  const { stage, alarms } = stagedAlarms();
  alarms.start();
  await alarms.stop();
  expect(stage.reads).toBe(0);
});

test('a new leader reads the alarms at once, and until then nothing fires or recovers', async () => {
  const { stage, alarms } = stagedAlarms();
  alarms.start();
  stage.leads = true;
  alarms.beginTerm();
  expect(alarms.readings()).toEqual([]);
  // The problem lasts from the first cycle on, so that an incident of the last leader stays open.
  expect(alarms.failure).toBe('it has not responded yet');
  await until(() => alarms.failure === undefined, { what: 'the first answer' });
  expect(alarms.readings()).toMatchObject([{ subject: name, value: 1 }]);
  await alarms.stop();
  expect(stage.reads).toBe(1);
});

test('a leader forgets what it read in an earlier term, even if the answer comes late', async () => {
  const { stage, alarms } = stagedAlarms();
  const late = Promise.withResolvers<Map<string, AlarmState>>();
  stage.read = () => late.promise;
  stage.leads = true;
  alarms.start();
  alarms.beginTerm();
  await until(() => stage.reads === 1, { what: 'the read of the first term' });
  const current = Promise.withResolvers<Map<string, AlarmState>>();
  stage.read = () => current.promise;
  alarms.beginTerm();
  late.resolve(new Map([[name, 'ALARM']]));
  await until(() => stage.reads === 2, { what: 'the read of the second term' });
  expect(alarms.readings()).toEqual([]);
  current.resolve(new Map([[name, 'OK']]));
  await alarms.stop();
  expect(alarms.readings()).toMatchObject([{ subject: name, value: 0 }]);
});
