import { expect, test } from 'vitest';
import { scenarios } from '../../../rehearsal/scenarios/all-scenarios.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { RehearsalProcess } from '../../support/processes/rehearsal-process.ts';

/** The others take minutes; PERCH_ALL_SCENARIOS=1 plays them, too. */
const always = [
  'split',
  'swap',
  'flags',
  'redis-down',
  'bad-canary',
  'wrong-clock',
  'many-services',
];
/** Scenarios in which members fail requests on purpose. */
const failing = [
  'bad-canary',
  'late-harm',
  'hung-canary',
  'shared-outage',
  'alternating-client',
  'two-monitors',
  'ses-throttled',
  'wrong-clock',
  'cut-off-proxy',
  'disk-full',
  'progressive',
];

const played = scenarios.filter(
  ({ name }) => always.includes(name) || process.env['PERCH_ALL_SCENARIOS'] === '1',
);

test.for(played)(
  'the scenario $name passes all its checks and leaves nothing behind',
  async ({ name, hasMonitor }) => {
    const traffic = hasMonitor ? '' : '--traffic 60 ';
    const options = `--quick ${traffic}--scenario ${name} --port ${await freePort()}`;
    await using rehearsal = await RehearsalProcess.start(options.split(' '));

    const exit = await rehearsal.exited;

    const { output } = rehearsal;
    const notPassed = output.split('\n').filter((line) => /FAILED|^rehearsal: /.test(line));
    expect({ exit, notPassed }).toEqual({ exit: 0, notPassed: [] });
    expect(output).toContain('passed');
    const report = await rehearsal.report();
    expect(report).toMatchObject({ scenario: name, ok: true });
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(1);
    // A request that its client gave up has no answer that names a track.
    const unanswered = name === 'hung-canary' ? report.requests.failed : 0;
    const { stable, canary, total } = report.requests;
    expect(stable + canary + unanswered).toBe(total);
    expect(report.requests.failed > 0).toBe(failing.includes(name));
    expect(report.timeline.length).toBeGreaterThan(0);
    expect(await rehearsal.remainingFiles()).toEqual([]);
  },
);
