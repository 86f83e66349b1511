import { expect } from 'vitest';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { MuteStore } from '../../../runtime/store/incidents/mute-store.ts';
import { test as base, type JudgeStage } from '../../support/judge/judge-stage.ts';

const quarterMs = 900_000;
const opened = 'host-disk host-1:/ opened';
const again = 'host-disk host-1:/ re-alerted';
const resolved = 'host-disk host-1:/ resolved';

/** `mutes`: the store of acknowledgements and silences, beside a judge with a rule on the disk. */
const test = base.extend('mutes', async ({ stage }) => {
  await stage.staged.stage();
  const disk = { forSeconds: 0, actions: ['alert', 'kill-flag:new_feature'] };
  stage.beginTerm({ rules: { hostDiskPercent: disk } });
  return new MuteStore(stage.redis, 'shop');
});

async function diskAt(stage: JudgeStage, usedPercent: number): Promise<void> {
  await stage.sample({ name: '' }, { disks: [{ path: '/', usedPercent }] });
  await stage.run();
}

async function storedIncident(stage: JudgeStage) {
  const incident = (await new IncidentStore(stage.redis, 'shop').list()).get('host-disk|host-1:/');
  if (incident === undefined) throw new Error('there is no incident');
  return incident;
}

async function acknowledge(stage: JudgeStage, mutes: MuteStore): Promise<void> {
  await mutes.acknowledge([await storedIncident(stage)], { by: 'eve', at: stage.nowMs });
}

/** Silences the rule, for a time that the test ends itself. */
async function silence(stage: JudgeStage, mutes: MuteStore, rule = 'host-disk') {
  const at = stage.nowMs;
  const silenced = { rule, by: 'eve', at, untilMs: at + 3_600_000 };
  await mutes.silence(silenced);
  return { end: () => mutes.unsilence(silenced, { by: 'eve', at }) };
}

test('an acknowledged incident is reminded of no more, and its resolution is notified', async ({
  stage,
  mutes,
}) => {
  await diskAt(stage, 81);
  await acknowledge(stage, mutes);
  stage.nowMs += quarterMs;
  await diskAt(stage, 82);
  expect(await stage.transitions()).toEqual([opened]);
  await diskAt(stage, 60);
  expect(await stage.transitions()).toEqual([opened, resolved]);
});

test('an acknowledgement ends with its incident', async ({ stage, mutes }) => {
  await diskAt(stage, 81);
  await acknowledge(stage, mutes);
  await diskAt(stage, 60);
  expect((await mutes.read()).acknowledgements.size).toBe(0);
  await diskAt(stage, 81);
  stage.nowMs += quarterMs;
  await diskAt(stage, 81);
  expect(await stage.transitions()).toEqual([opened, resolved, again, again]);
});

test('an acknowledgement lasts while its incident flaps', async ({ stage, mutes }) => {
  for (const usedPercent of [81, 60, 81]) await diskAt(stage, usedPercent);
  await acknowledge(stage, mutes);
  for (const usedPercent of [60, 81]) await diskAt(stage, usedPercent);
  stage.nowMs += quarterMs;
  await diskAt(stage, 81);
  expect(await stage.transitions()).toEqual([opened, resolved, again]);
});

test('a silenced incident is opened and acted on, without a notification', async ({
  stage,
  mutes,
}) => {
  await silence(stage, mutes);
  await diskAt(stage, 81);
  stage.nowMs += quarterMs;
  await diskAt(stage, 81);
  expect(await stage.transitions()).toEqual([]);
  expect(await storedIncident(stage)).toMatchObject({ resolvedAt: null, unnotified: true });
  expect(await stage.flagState()).toBe('DISABLED');
  await diskAt(stage, 60);
  expect(await stage.transitions()).toEqual([]);
  const events = (await new EventLog(stage.redis, 'shop').last(20)).map(({ type }) => type);
  expect(events.filter((type) => type.startsWith('incident-'))).toEqual([
    'incident-silenced',
    'incident-opened',
    'incident-resolved',
  ]);
});

test('an incident that outlasts its silence is notified then, once', async ({ stage, mutes }) => {
  const silenced = await silence(stage, mutes);
  await diskAt(stage, 81);
  await silenced.end();
  await diskAt(stage, 81);
  await diskAt(stage, 81);
  expect(await stage.transitions()).toEqual([opened]);
  await diskAt(stage, 60);
  expect(await stage.transitions()).toEqual([opened, resolved]);
});

test('a resolution without a notification of the opening is not notified after the silence either', async ({
  stage,
  mutes,
}) => {
  const silenced = await silence(stage, mutes);
  await diskAt(stage, 81);
  await silenced.end();
  await diskAt(stage, 60);
  expect(await stage.transitions()).toEqual([]);
});

test('a silence of one subject does not cover the others', async ({ stage, mutes }) => {
  const at = stage.nowMs;
  const untilMs = at + 60_000;
  await mutes.silence({ rule: 'host-disk', subject: 'host-1:/data', by: 'eve', at, untilMs });
  const disks = ['/', '/data'].map((path) => ({ path, usedPercent: 81 }));
  await stage.sample({ name: '' }, { disks });
  await stage.run();
  expect(await stage.transitions()).toEqual([opened]);
});

test('a canary is ejected although its ejection is silenced', async ({ stage, mutes }) => {
  await silence(stage, mutes, 'canary-ejected');
  await stage.failCanary();
  await stage.run(2);
  expect(await stage.canaryState()).toBe('ejected');
  expect(await stage.transitions()).toEqual([]);
});
