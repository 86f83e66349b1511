import { expect } from 'vitest';
import type { JudgeStage } from '../../support/judge/judge-stage.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { test } from '../../support/judge/judge-stage.ts';

const given = {
  rules: { hostDiskPercent: { forSeconds: 0, actions: ['alert', 'kill-flag:new_feature'] } },
};
const disk = (usedPercent: number) => ({ disks: [{ path: '/', usedPercent }] });

/** Lets the disk be full for a second, and well for a second, so many times. */
async function flap(stage: JudgeStage, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await stage.sample({ name: '' }, disk(81));
    await stage.run();
    await stage.sample({ name: '' }, disk(60));
    await stage.run();
  }
}

/** Runs a cycle after so many minutes in which the disk was well. */
async function wait(stage: JudgeStage, minutes: number): Promise<void> {
  stage.nowMs += minutes * 60_000;
  await stage.sample({ name: '' }, disk(60));
  await stage.run();
}

const opened = 'host-disk host-1:/ opened';
const resolved = 'host-disk host-1:/ resolved';
const again = 'host-disk host-1:/ re-alerted';

test('a value that flaps 20 times a minute notifies three times, and once when it is quiet', async ({
  stage,
}) => {
  await stage.staged.stage();
  stage.beginTerm(given);
  await flap(stage, 20);
  expect(await stage.transitions()).toEqual([opened, resolved, again]);
  await wait(stage, 9);
  expect(await stage.transitions()).toHaveLength(3);
  await wait(stage, 1);
  expect(await stage.transitions()).toEqual([opened, resolved, again, resolved]);
  expect((await stage.notifications()).at(-1)?.details.summary).toBe(
    'disk use of host-1:/ is back at 60%, and quiet for 10 min after flapping: 20 times in 39 s',
  );
  const events = await new EventLog(stage.redis, 'shop').last(100);
  expect(events.filter(({ type }) => type.startsWith('incident-'))).toHaveLength(4);
});

test('a leader that takes over goes on damping', async ({ stage }) => {
  await stage.staged.stage();
  stage.beginTerm(given);
  await flap(stage, 3);
  stage.beginTerm(given);
  await flap(stage, 3);
  expect(await stage.transitions()).toEqual([opened, resolved, again]);
  stage.beginTerm(given);
  await wait(stage, 10);
  expect(await stage.transitions()).toEqual([opened, resolved, again, resolved]);
});

test('a value that flaps still switches its flag off each time', async ({ stage }) => {
  await stage.staged.stage();
  stage.beginTerm(given);
  await flap(stage, 3);
  await stage.flags.toggle('new_feature');
  await flap(stage, 1);
  expect(await stage.flagState()).toBe('DISABLED');
});

test('a source that flaps notifies three times, and once when it is quiet', async ({ stage }) => {
  await stage.staged.stage();
  const problems = [{ source: 'docker', reason: 'connect ENOENT' }];
  for (let time = 0; time < 4; time += 1) {
    await stage.sample({ name: '' }, { problems });
    await stage.run(12);
    await stage.sample({ name: '' });
    await stage.run(2);
  }
  await wait(stage, 10);
  const transitions = (await stage.transitions()).map((text) => text.split(' ').at(-1));
  expect(transitions).toEqual(['opened', 'resolved', 're-alerted', 'resolved']);
});
