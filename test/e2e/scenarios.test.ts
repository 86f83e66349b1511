import { expect, test } from 'vitest';
import { freePort } from '../support/redis.ts';
import { RehearsalProcess } from '../support/rehearsal-process.ts';

test.for(['split', 'swap', 'flags', 'redis-down'])(
  'the scenario %s holds all that it promises, and leaves nothing behind',
  { timeout: 120_000 },
  async (scenario) => {
    const options = `--quick --traffic 60 --scenario ${scenario} --port ${await freePort()}`;
    await using rehearsal = await RehearsalProcess.start(options.split(' '));

    const exit = await rehearsal.exited;

    const { output } = rehearsal;
    expect({ exit, output }).toEqual({ exit: 0, output: expect.stringContaining('held') });
    const report = await rehearsal.report();
    expect(report).toMatchObject({ scenario, ok: true, requests: { failed: 0 } });
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(1);
    expect(report.requests.stable + report.requests.canary).toBe(report.requests.total);
    expect(report.timeline.length).toBeGreaterThan(0);
    expect(await rehearsal.leftovers()).toEqual([]);
  },
);
