import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet, RunningMember } from '../parts/fleet.ts';
import { endWithNoneFailed, type Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

const nextVersion = '1.2.0';
/** Response time of stable members while one of them drains. */
const slowResponseMs = 1_000;

/** Replaces every stable member with a new version under load, without losing a request. */
export const swap: Scenario = {
  name: 'swap',
  description: 'all stable members are replaced with a new version under load: no request fails',
  traffic: 300,
  hasMonitor: false,
  async play(stage) {
    const { fleet, recorder } = stage;
    const old = fleet.members.filter(({ track }) => track === 'stable');
    const drained = new DrainedRequests(stage);
    for (const [index, member] of old.entries()) {
      await fleet.add({
        id: `stable-${old.length + index + 1}`,
        track: 'stable',
        version: nextVersion,
      });
      await removeWhileBusy(stage, member, drained);
      recorder.note(`${member.id} is replaced`);
    }
    const inFlight = old.map(({ id }) => drained.answered(id));
    recorder.check('requests in flight at the start of each drain, and answered', {
      expected: 'some',
      actual: inFlight.join(', '),
      ok: inFlight.every((count) => count > 0),
    });
    const versions = new Set(
      fleet.members.filter(({ track }) => track === 'stable').map(({ version }) => version),
    );
    recorder.check('stable versions at the end', {
      expected: nextVersion,
      actual: [...versions].join(', '),
    });
    await endWithNoneFailed(stage);
  },
};

/** Removes a member while stable responses are slow, so that many are in flight when it drains. */
async function removeWhileBusy(
  stage: Stage,
  member: RunningMember,
  drained: DrainedRequests,
): Promise<void> {
  const { fleet, recorder } = stage;
  await delayResponses(fleet, slowResponseMs);
  await delay(slowResponseMs / 2);
  recorder.note(`${member.id} drains with slow requests in flight`);
  drained.begin(member.id);
  await fleet.remove(member.id);
  await delayResponses(fleet, 0);
}

async function delayResponses(fleet: Fleet, latencyMs: number): Promise<void> {
  const stable = fleet.members.filter(({ track }) => track === 'stable');
  await Promise.all(stable.map((member) => fleet.setFaults(member, { 'latency-ms': latencyMs })));
}

/** Counts, for each member, the answered requests that were in flight when its drain began. */
class DrainedRequests {
  readonly #beganAt = new Map<string, number>();
  readonly #answered = new Map<string, number>();

  constructor({ traffic }: Stage) {
    traffic.onAnswer(({ member = '', dueAt, durationMs, failure }) => {
      const beganAt = this.#beganAt.get(member);
      if (beganAt === undefined || failure !== undefined) return;
      if (dueAt < beganAt && dueAt + durationMs > beganAt) {
        this.#answered.set(member, this.answered(member) + 1);
      }
    });
  }

  begin(member: string): void {
    this.#beganAt.set(member, Date.now());
  }

  answered(member: string): number {
    return this.#answered.get(member) ?? 0;
  }
}
