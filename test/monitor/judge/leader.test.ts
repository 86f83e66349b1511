import { beforeEach, describe, expect, it } from 'vitest';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { Leader } from '../../../runtime/monitor/judge/leader.ts';
import { silentLogger } from '../../support/silent-logger.ts';

describe('Leader', () => {
  let clockMs: number;
  /** What the lease answers next; the last one again and again. */
  let epochs: (number | undefined)[];
  let begun: number[];
  let looks: number;
  let failure: Error | undefined;
  let leader: Leader;

  beforeEach(() => {
    clockMs = 0;
    begun = [];
    looks = 0;
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
            looks += 1;
            return failure === undefined ? Promise.resolve() : Promise.reject(failure);
          },
        };
      },
      monotonicMs: () => clockMs,
      logger: silentLogger,
    });
  });

  it('only stands by while another holds the lease', async () => {
    epochs = [undefined];
    await leader.tick();
    expect({ leads: leader.leads, begun, looks }).toEqual({ leads: false, begun: [], looks: 0 });
  });

  it('begins one term and looks at every tick of it', async () => {
    epochs = [7];
    await leader.tick();
    await leader.tick();
    expect({ leads: leader.leads, begun, looks }).toEqual({ leads: true, begun: [7], looks: 2 });
  });

  it('leads no more when its lease ran out, though nobody told it', async () => {
    epochs = [7];
    await leader.tick();
    clockMs = 4_999;
    expect(leader.leads).toBe(true);
    clockMs = 5_000;
    expect(leader.leads).toBe(false);
  });

  it('begins a new term, with nothing of the old one, when it is elected again', async () => {
    epochs = [7, undefined, 9];
    for (let tick = 0; tick < 3; tick += 1) await leader.tick();
    expect(begun).toEqual([7, 9]);
  });

  it('goes on after a look that failed', async () => {
    epochs = [7];
    failure = new PerchError('redis_unavailable', 'Redis did not answer in time');
    await leader.tick();
    failure = undefined;
    await leader.tick();
    expect(looks).toBe(2);
  });

  it('leads no more once it resigned', async () => {
    epochs = [7];
    await leader.tick();
    await leader.resign();
    expect(leader.leads).toBe(false);
  });
});
