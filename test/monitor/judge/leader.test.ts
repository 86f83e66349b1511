import { beforeEach, describe, expect, test } from 'vitest';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { Leader } from '../../../runtime/monitor/judge/leader.ts';
import { silentLogger } from '../../support/silent-logger.ts';

describe('Leader', () => {
  let clockMs: number;
  /** Next answers of the lease; the last one repeats. */
  let epochs: (number | undefined)[];
  let begun: number[];
  let cycles: number;
  let failure: Error | undefined;
  let leader: Leader;

  beforeEach(() => {
    clockMs = 0;
    begun = [];
    cycles = 0;
    failure = undefined;
    leader = new Leader({
      lease: {
        hold: () => Promise.resolve(epochs.length > 1 ? epochs.shift() : epochs[0]),
        release: () => Promise.resolve(),
      },
      leaseTtlMs: 5_000,
      begin: (epoch) => {
        begun.push(epoch);
        return {
          runCycle: () => {
            cycles += 1;
            return failure === undefined ? Promise.resolve() : Promise.reject(failure);
          },
        };
      },
      monotonicMs: () => clockMs,
      logger: silentLogger,
    });
  });

  test('a monitor stands by while another one holds the lease', async () => {
    epochs = [undefined];
    await leader.tick();
    expect({ leads: leader.leads, begun, cycles }).toEqual({ leads: false, begun: [], cycles: 0 });
  });

  test('the leader begins one term and runs a cycle at every tick of it', async () => {
    epochs = [7];
    await leader.tick();
    await leader.tick();
    expect({ leads: leader.leads, begun, cycles }).toEqual({ leads: true, begun: [7], cycles: 2 });
  });

  test('the leader loses leadership when its lease expires, even without a tick', async () => {
    epochs = [7];
    await leader.tick();
    clockMs = 4_999;
    expect(leader.leads).toBe(true);
    clockMs = 5_000;
    expect(leader.leads).toBe(false);
  });

  test('a leader that is elected again begins a new term', async () => {
    epochs = [7, undefined, 9];
    for (let tick = 0; tick < 3; tick += 1) await leader.tick();
    expect(begun).toEqual([7, 9]);
  });

  test('the leader goes on after a failed cycle', async () => {
    epochs = [7];
    failure = new PerchError('redis_unavailable', 'Redis did not answer in time');
    await leader.tick();
    failure = undefined;
    await leader.tick();
    expect(cycles).toBe(2);
  });

  test('the leader loses leadership when it resigns', async () => {
    epochs = [7];
    await leader.tick();
    await leader.resign();
    expect(leader.leads).toBe(false);
  });
});
