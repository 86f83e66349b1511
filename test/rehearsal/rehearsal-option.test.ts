import { expect, test } from 'vitest';
import { perch } from '../support/processes/perch.ts';
import { RehearsalProcess } from '../support/processes/rehearsal-process.ts';
import { freePort } from '../../rehearsal/loopback.ts';
import { until } from '../support/until.ts';

test('perch --rehearsal is about the rehearsal that runs, which says how to break its canary', async () => {
  await using rehearsal = await RehearsalProcess.start(['--port', String(await freePort())]);
  const environment = { TMPDIR: rehearsal.temporaryFolder, PERCH_SERVICE: 'another' };
  const run = (...args: string[]) => perch(args, environment);
  await rehearsal.untilPrinted(/npx perch --rehearsal --help/);

  const status = await run('--rehearsal', 'status');
  expect(status).toMatchObject({ code: 0, stderr: '' });
  expect(status.stdout).toContain('service rehearsal: rollout');
  const weight = await run('weight', '--rehearsal', '--json');
  expect(JSON.parse(weight.stdout)).toMatchObject({ weight: 25 });

  // The commands that it names are those that work.
  const [, settings = '', url = ''] =
    /curl -d '(.*)' (http:.*\/faults)  break/.exec(rehearsal.output) ?? [];
  expect((await fetch(url, { method: 'POST', body: settings })).ok).toBe(true);
  await until(async () => (await run('--rehearsal', 'events')).stdout.includes('canary-ejected'), {
    what: 'the canary to be ejected',
  });
  await fetch(url, { method: 'POST', body: '{}' });
  expect(await run('--rehearsal', 'reinstate', '--reason', 'mended')).toMatchObject({ code: 0 });

  rehearsal.signal('SIGINT');
  await rehearsal.exited;
  expect(await run('--rehearsal', 'status', '--json')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('no rehearsal runs on this machine; begin one with'),
  });
});
