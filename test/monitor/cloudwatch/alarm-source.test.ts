import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect } from 'vitest';
import { stepRule } from '../../../runtime/core/alerting/rule-state.ts';
import { AlarmSource, type AlarmState } from '../../../runtime/monitor/cloudwatch/alarm-source.ts';
import { alarmRule, AlarmWatch } from '../../../runtime/monitor/cloudwatch/alarm-watch.ts';
import { test as base } from '../../support/aws/fixtures.ts';
import { prepareMoto } from '../../support/aws/moto.ts';
import { putAlarm } from '../../support/aws/put-alarm.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { unless } from '../../support/skip.ts';

const missing = await prepareMoto();
const region = 'eu-central-1';

const test = base.extend('putAlarm', async ({ moto }, { onCleanup }) => {
  const client = new CloudWatchClient({ region, endpoint: moto.endpoint });
  onCleanup(() => client.destroy());
  return async (name: string, state: AlarmState): Promise<void> => {
    await putAlarm(client, name);
    const change = { AlarmName: name, StateValue: state, StateReason: 'a test' };
    await client.send(new SetAlarmStateCommand(change));
  };
});

describe('with moto', unless(missing), () => {
  test('the alarm source reads the states of named alarms, over pages and calls, and of no others', async ({
    moto,
    putAlarm,
  }) => {
    const names = Array.from({ length: 120 }, (_, index) => `alarm-${index}`);
    for (const name of names) await putAlarm(name, name === 'alarm-119' ? 'ALARM' : 'OK');
    await putAlarm('not-asked-for', 'ALARM');
    const source = new AlarmSource({
      names: [...names, 'missing'],
      region,
      endpoint: moto.endpoint,
    });
    const states = await source.read();
    expect(states.size).toBe(120);
    expect(states.get('alarm-0')).toBe('OK');
    expect(states.get('alarm-119')).toBe('ALARM');
  });

  test('too little data counts as an alarm only if the rule says so', async ({
    moto,
    putAlarm,
  }) => {
    await putAlarm('loud', 'ALARM');
    await putAlarm('unsure', 'INSUFFICIENT_DATA');
    const names = ['loud', 'unsure'];
    const source = new AlarmSource({ names, region, endpoint: moto.endpoint });
    const watch = new AlarmWatch(source, names, silentLogger);
    await watch.refresh();
    const stateOf = (name: string, insufficientDataBreaches: boolean) => {
      const rule = alarmRule({ name, actions: [], insufficientDataBreaches });
      const reading = watch.readings().find(({ subject }) => subject === rule.subject);
      return stepRule(undefined, rule, reading?.value, 0).kind;
    };
    expect(stateOf('loud', false)).toBe('firing');
    expect(stateOf('unsure', false)).toBe('inactive');
    expect(stateOf('unsure', true)).toBe('firing');
  });

  test('the alarm watch has a failure and no readings while CloudWatch does not respond', async ({
    motoProxy,
    putAlarm,
  }) => {
    await putAlarm('loud', 'ALARM');
    const source = new AlarmSource({ names: ['loud'], region, endpoint: motoProxy.endpoint });
    const watch = new AlarmWatch(source, ['loud'], silentLogger);
    await watch.refresh();
    expect(watch.readings()).toMatchObject([{ subject: 'loud', value: 1 }]);
    motoProxy.fault = 'broken';
    await watch.refresh();
    expect(watch.failure).toBeDefined();
    expect(watch.readings()).toEqual([]);
  });
});
