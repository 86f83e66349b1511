import { setTimeout as delay } from 'node:timers/promises';
import { startMonitor } from '../parts/start-monitor.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import type { Child } from '../processes/child.ts';
import type { Stage } from '../stage.ts';
import { until } from '../until.ts';
import {
  checkCause,
  checkEmails,
  ejections,
  monitoringOf,
  sentEmails,
  untilEjected,
  untilSettled,
} from './judging.ts';
import type { Scenario } from './scenario.ts';

const pausedMs = 20_000;

/** A leader that hangs and comes back accepts the decision of the next leader and adds nothing. */
export const twoMonitors: Scenario = {
  name: 'two-monitors',
  description: 'the leader of two monitors hangs for 20 s: one ejection, one email',
  traffic: 50,
  hasMonitor: true,
  async play(stage) {
    const { fleet, perch, reader, recorder, consoleUrl } = stage;
    const { monitor, sesPort } = monitoringOf(stage);
    const second = await startMonitor(perch, {
      name: 'monitor-2',
      host: 'second-machine',
      watchesMembers: false,
      sesPort,
      link: consoleUrl,
    });
    await untilSettled(stage);
    const leader = await leaderOf(stage, [monitor, second]);
    leader.signal('SIGSTOP');
    const pausedAt = performance.now();
    recorder.note(`the leader, ${leader.name}, hangs (SIGSTOP)`);
    await fleet.setFaults(fleet.canary, { 'error-share': 25 });

    const ejection = await untilEjected(stage);
    await delay(Math.max(0, pausedMs - (performance.now() - pausedAt)));
    const before = await reader.leader();
    leader.signal('SIGCONT');
    recorder.note(`${leader.name} continues`);
    checkCause(stage, ejection, ['errors']);
    checkEmails(stage, await sentEmails(stage, 1));
    recorder.check('ejections', { expected: 1, actual: (await ejections(stage)).length });
    recorder.check('another monitor leads', {
      expected: true,
      actual: before !== undefined && !isLeaderId(before, leader),
    });
  },
};

async function leaderOf({ reader }: Stage, monitors: readonly Child[]): Promise<Child> {
  let found: Child | undefined;
  await until('a leader', async () => {
    const name = (await reader.leader()) ?? '';
    found = monitors.find((monitor) => isLeaderId(name, monitor));
    return found !== undefined;
  });
  if (found === undefined) throw new PerchError('process_failed', 'there is no leader');
  return found;
}

/** Reports whether a leader's id, `HOST/PID-RANDOM`, is that of this process. */
function isLeaderId(name: string, { pid }: Child): boolean {
  return name.includes(`/${pid}-`);
}
