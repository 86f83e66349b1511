import { expect, test } from 'vitest';
import type { AlarmState } from '../../../runtime/monitor/cloudwatch/alarm-source.ts';
import { alarmRule, AlarmWatch } from '../../../runtime/monitor/cloudwatch/alarm-watch.ts';
import { evaluateRules } from '../../../runtime/core/alerting/evaluate-rules.ts';
import { silentLogger } from '../../support/silent-logger.ts';

const name = 'orders-fail';
/** Rule of an alarm for which INSUFFICIENT_DATA counts as ALARM. */
const rule = alarmRule({ name, actions: [], insufficientDataBreaches: true });

/** A watch on what CloudWatch responds with next; undefined: it does not respond. */
function watchOn(responses: (Record<string, AlarmState> | undefined)[]): AlarmWatch {
  const read = async () => {
    const response = responses.shift();
    if (response === undefined) throw new Error('connect ECONNREFUSED');
    return new Map(Object.entries(response));
  };
  return new AlarmWatch({ read }, [name], silentLogger);
}

function statesOf(watch: AlarmWatch): string[] {
  const inputs = { rules: [rule], readings: watch.readings(), incidents: new Map(), nowMs: 0 };
  return evaluateRules(new Map(), inputs).evaluations.map(({ state }) => state.kind);
}

test('the rule of an alarm with too little data fires if the configuration says so', async () => {
  const watch = watchOn([{ [name]: 'INSUFFICIENT_DATA' }]);
  await watch.refresh();
  expect(statesOf(watch)).toEqual(['firing']);
});

test('no alarm fires on a monitor that has not read it yet, or that gets no response', async () => {
  const watch = watchOn([{ [name]: 'INSUFFICIENT_DATA' }, undefined]);
  expect(statesOf(watch)).toEqual([]);
  await watch.refresh();
  await watch.refresh();
  expect(watch.failure).toContain('ECONNREFUSED');
  expect(statesOf(watch)).toEqual([]);
});

test('an alarm that does not exist is a failure of the watch, and does not fire', async () => {
  const watch = watchOn([{}, { [name]: 'OK' }]);
  await watch.refresh();
  expect([watch.failure, statesOf(watch)]).toEqual(['there is no alarm orders-fail', []]);
  await watch.refresh();
  expect([watch.failure, statesOf(watch)]).toEqual([undefined, ['inactive']]);
});
