import { describe, expect, it } from 'vitest';
import type { AlarmState } from '../../../runtime/monitor/cloudwatch/alarm-source.ts';
import { alarmRule, AlarmWatch } from '../../../runtime/monitor/cloudwatch/alarm-watch.ts';
import { evaluateRules } from '../../../runtime/core/alerting/evaluate-rules.ts';
import { silentLogger } from '../../support/silent-logger.ts';

const name = 'orders-fail';

/** A watch on what CloudWatch says next; undefined: it does not answer. */
function watchOn(answers: (Record<string, AlarmState> | undefined)[]) {
  const read = async () => {
    const answer = answers.shift();
    if (answer === undefined) throw new Error('connect ECONNREFUSED');
    return new Map(Object.entries(answer));
  };
  return new AlarmWatch({ read }, [name], silentLogger);
}

describe('an alarm for which too little data counts as ALARM', () => {
  const rule = alarmRule({ name, actions: [], insufficientDataBreaches: true });
  const kindOf = (watch: AlarmWatch) =>
    evaluateRules(new Map(), {
      rules: [rule],
      readings: watch.readings(),
      incidents: new Map(),
      nowMs: 0,
    }).evaluations.map(({ state }) => state.kind);

  it('is broken when CloudWatch says so', async () => {
    const watch = watchOn([{ [name]: 'INSUFFICIENT_DATA' }]);
    await watch.refresh();
    expect(kindOf(watch)).toEqual(['firing']);
  });

  it('is not broken for a monitor that has not asked yet, or that gets no answer', async () => {
    const watch = watchOn([{ [name]: 'INSUFFICIENT_DATA' }, undefined]);
    expect(kindOf(watch)).toEqual([]);
    await watch.refresh();
    await watch.refresh();
    expect(watch.trouble).toContain('ECONNREFUSED');
    expect(kindOf(watch)).toEqual([]);
  });

  it('is trouble, not broken, when there is no such alarm', async () => {
    const watch = watchOn([{}, { [name]: 'OK' }]);
    await watch.refresh();
    expect([watch.trouble, kindOf(watch)]).toEqual(['there is no alarm orders-fail', []]);
    await watch.refresh();
    expect([watch.trouble, kindOf(watch)]).toEqual([undefined, ['inactive']]);
  });
});
